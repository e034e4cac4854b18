"""Variables of the environment that Kubernetes makes.

It adds some to every container for each Service of the namespace. Those of a Service `registry` or
`registry-metrics` have the prefix of the settings.
https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables
"""

import re

_SERVICE = re.compile(
    r"REGISTRY(_[A-Z0-9_]+)?_(SERVICE_HOST|SERVICE_PORT(_[A-Z0-9_]+)?|"
    r"PORT_[0-9]+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)"
)
_PORT = re.compile(r"REGISTRY(_[A-Z0-9_]+)?_PORT")
_URL = re.compile(r"(tcp|udp|sctp)://.+")


def of_kubernetes(variable: str, text: str) -> bool:
    """Return whether Kubernetes makes such a variable, with such a value, for a Service.

    REGISTRY_PORT is one only with a URL: REGISTRY_PORT=50051 is a misspelled setting.
    """
    if _SERVICE.fullmatch(variable):
        return True
    return _PORT.fullmatch(variable) is not None and _URL.fullmatch(text) is not None
