"""One service: first deployment, nothing to do, one value, preview and move, beside helm, kubectl and Pulumi."""

import json

from tests.bench.ground import Ground
from tests.bench.measure import Contender
from tests.bench.rendered import rendered_objects, write_chart, write_manifest

_OURS, _PLAIN = "bench", "plain"
_HELM, _KUBECTL = "by-helm", "by-kubectl"
_FIRST = "1.0.0"


class Service:
    """Day in four namespaces, each deployed by another tool."""

    def __init__(self, ground: Ground) -> None:
        self.ground, self.checkout = ground, ground.checkout
        self.project = ground.checkout.root / "apps" / "day"
        self.plain_settings = self.checkout.settings_file("day", _PLAIN)
        self.tags = 0
        self.set_tag(_OURS, _FIRST)
        self.ours()
        self.state = ground.state("day", _OURS)

    def next_tag(self) -> str:
        """A tag that no deployment has had yet."""
        self.tags += 1
        return f"1.0.{self.tags}"

    def set_tag(self, stack: str, tag: str) -> None:
        """Write the settings of one of our two stacks, which have the namespaces of their names."""
        values = {"infra_stack_name": "dev", "namespace": stack, "image_tag": tag}
        self.checkout.settings("day", stack, values)

    def ours(self) -> None:
        """Our verb, through make, with the plan gate."""
        self.checkout.app_up("day", _OURS)

    def plain(self, verb: str = "up") -> None:
        """Plain `pulumi up`, preview and update, of the same program; or plain `pulumi preview`."""
        yes = ("--yes",) if verb == "up" else ()
        self.ground.pulumi(self.project, verb, *yes, "--stack", _PLAIN)

    def first_plain(self) -> None:
        """The same for a stack that has to be created first."""
        self.ground.pulumi(self.project, "stack", "init", _PLAIN, "--no-select")
        self.plain()

    def helm(self, *extra: str) -> None:
        """`helm upgrade --install --wait` of the same objects."""
        self.ground.call(
            *(self.ground.helm, "upgrade", "--install", "--wait", "--create-namespace", "--namespace", _HELM),
            *(*extra, _HELM, self.ground.folder / _HELM),
        )

    def kubectl(self) -> None:
        """`kubectl apply --server-side` of the same objects, and the rollout's end."""
        manifest = self.ground.folder / f"{_KUBECTL}.yaml"
        self.ground.call(self.ground.kubectl, "apply", "--server-side", "-f", manifest)
        self.ground.call(self.ground.kubectl, "rollout", "status", "deployment/day-service", "-n", _KUBECTL)

    def kubectl_diff(self) -> None:
        """What `kubectl apply` would change; 1 is its exit code where it would."""
        manifest = self.ground.folder / f"{_KUBECTL}.yaml"
        self.ground.call(self.ground.kubectl, "diff", "--server-side", "-f", manifest, codes=(0, 1))

    def render(self, release: str, tag: str = _FIRST) -> None:
        """Render the objects again for a competitor."""
        text = json.dumps(rendered_objects(self.state, release)).replace(f":{_FIRST}", f":{tag}")
        write_manifest(json.loads(text), self.ground.folder / f"{release}.yaml")
        write_chart(json.loads(text), self.ground.folder / release)

    def without_ours(self) -> None:
        """Delete our deployment with its namespace and its state."""
        self.ground.remove_namespace(_OURS)
        self.checkout.discard("day", _OURS)
        self.set_tag(_OURS, _FIRST)

    def without_plain(self) -> None:
        """Delete the plain deployment with its namespace and its state."""
        self.ground.remove_namespace(_PLAIN)
        if self.plain_settings.exists():
            self.ground.pulumi(self.project, "stack", "rm", _PLAIN, "--yes", "--force", "--preserve-config")
        self.set_tag(_PLAIN, _FIRST)

    def without(self, release: str) -> None:
        """Delete a competitor's namespace."""
        self.ground.remove_namespace(release)
        self.render(release)


def first_deployment(service: Service) -> list[Contender]:
    """From nothing to ready."""
    return [
        Contender("make app-up", service.ours, service.without_ours),
        Contender("helm --wait", service.helm, lambda: service.without(_HELM)),
        Contender("kubectl apply", service.kubectl, lambda: service.without(_KUBECTL)),
        Contender("plain pulumi up", service.first_plain, service.without_plain),
    ]


def nothing_to_do(service: Service) -> list[Contender]:
    """The same once more."""
    return [
        Contender("make app-up", service.ours),
        Contender("helm --wait", service.helm),
        Contender("kubectl apply", service.kubectl),
        Contender("plain pulumi up", service.plain),
    ]


def one_value(service: Service) -> list[Contender]:
    """Another image, until it is ready."""
    return [
        Contender("make app-up", service.ours, lambda: service.set_tag(_OURS, service.next_tag())),
        Contender("helm --wait", service.helm, lambda: service.render(_HELM, service.next_tag())),
        Contender("kubectl apply", service.kubectl, lambda: service.render(_KUBECTL, service.next_tag())),
        Contender("plain pulumi up", service.plain, lambda: service.set_tag(_PLAIN, service.next_tag())),
    ]


def preview(service: Service) -> list[Contender]:
    """What another image would change."""
    return [
        Contender(
            "make app-preview",
            lambda: service.checkout.make("app-preview", SERVICE="day", ENV=_OURS),
            lambda: service.set_tag(_OURS, service.next_tag()),
        ),
        Contender(
            "helm --dry-run=server",
            lambda: service.helm("--dry-run=server"),
            lambda: service.render(_HELM, service.next_tag()),
        ),
        Contender("kubectl diff", service.kubectl_diff, lambda: service.render(_KUBECTL, service.next_tag())),
        Contender(
            "plain pulumi preview",
            lambda: service.plain("preview"),
            lambda: service.set_tag(_PLAIN, service.next_tag()),
        ),
    ]


def move(service: Service) -> list[Contender]:
    """The namespace to the infrastructure stack and back, each a contender, beside an update with nothing to do."""

    def to(where: str) -> None:
        service.checkout.make("namespace-move", SERVICE="day", ENV=_OURS, TO=where)

    return [
        Contender("make namespace-move there", lambda: to("infrastructure")),
        Contender("make namespace-move back", lambda: to("application")),
        Contender("make app-up, nothing to do", service.ours),
    ]
