"""A client of the cluster's API, whose many errors become one of three refusals."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator
from typing import TYPE_CHECKING

import yaml

from shared.cluster.kubeconfig import server_of
from shared.refusal import Refusal

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

REQUEST_TIMEOUT = (3.0, 10.0)
"""Seconds to connect, and to read an answer."""

NOT_FOUND = 404


@contextlib.contextmanager
def api_client(kubeconfig: str) -> Iterator[ApiClient]:
    """Talk to a cluster through the kubeconfig that was given, and through nothing ambient.

    Args:
        kubeconfig: a kubeconfig of one context, as YAML.

    Raises:
        Refusal: the cluster does not answer, refuses the credential, or the kubeconfig is unusable.
    """
    # The client's import takes longer than its calls; programs that are refused earlier do without it.
    from kubernetes import config  # noqa: PLC0415
    from kubernetes.client.exceptions import ApiException  # noqa: PLC0415
    from kubernetes.config.config_exception import ConfigException  # noqa: PLC0415
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    server = server_of(kubeconfig) or "(no server)"
    logging.getLogger("urllib3").setLevel(logging.ERROR)
    try:
        client = config.new_client_from_config_dict(yaml.safe_load(kubeconfig))
        client.configuration.retries = False
        with client:
            yield client
    except ApiException as error:
        raise Refusal(
            f"The cluster at {server} refuses the kubeconfig that this stack was given: "
            f"{error.status} {error.reason}.",
            "Deploy the infrastructure stack again so that it exports a valid kubeconfig.",
        ) from None
    except (ConfigException, yaml.YAMLError) as error:
        raise Refusal(
            f"The kubeconfig for the cluster at {server} cannot be used: {str(error).splitlines()[0]}.",
            "Deploy the infrastructure stack again so that it exports a valid kubeconfig.",
        ) from None
    except (HTTPError, OSError):
        raise Refusal(
            f"The cluster at {server} does not answer.",
            "Start it (make cluster-up for the local one), or check the network in between.",
        ) from None
