"""Says on standard output which Python this is, where it lies, and the versions of the packages given, where they are."""

import importlib.metadata
import json
import platform
import sys

found = {dist.metadata["Name"]: dist.version for dist in importlib.metadata.distributions()}
packages = {name: found[name] for name in sys.argv[1:] if name in found}
json.dump({"python": platform.python_version(), "base": sys.base_prefix, "packages": packages}, sys.stdout)
