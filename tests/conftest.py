"""Fixtures that several test files share."""

import pytest
from host import BARE, run_in_c


@pytest.fixture(scope="module", params=[(), BARE], ids=["all plugins", "bare"])
def outputs(request, tmp_path_factory):
    """What the C of all of a test file's `CASES` gives, by the case's name.

    With all plugins, and again without those that a model can do without.
    """
    folder = tmp_path_factory.mktemp("models")
    return run_in_c(request.module.CASES, folder, request.param)
