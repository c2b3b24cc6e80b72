"""``python -m mcu_convert``."""

from mcu_convert.cli import main

main()
