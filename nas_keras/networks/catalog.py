"""The networks that others have published figures for."""

from __future__ import annotations

from mcu_convert.errors import UnknownNameError
from nas_keras.networks.mcu_net import IN0, IN1, IN2, IN3, IN4, VWW1, VWW2
from nas_keras.networks.mnas_net import mnas_net_b1
from nas_keras.networks.mobile_net_v2 import mobile_net_v2
from nas_keras.networks.network import Network
from nas_keras.networks.proxyless_nas import proxyless_nas

NETWORKS = (
    mobile_net_v2(0.3, 64),
    mobile_net_v2(0.3, 80),
    mobile_net_v2(0.35, 144),
    mobile_net_v2(1.0, 224),
    proxyless_nas(0.3, 64),
    proxyless_nas(0.3, 176),
    mnas_net_b1(0.5, 128),
    IN0,
    IN1,
    IN2,
    IN3,
    IN4,
    VWW1,
    VWW2,
)


def network(name: str) -> Network:
    """Return the network of a name, or raise `UnknownNameError`."""
    for found in NETWORKS:
        if found.name == name:
            return found
    names = ", ".join(found.name for found in NETWORKS)
    raise UnknownNameError(f"no network named {name!r}; there are: {names}")
