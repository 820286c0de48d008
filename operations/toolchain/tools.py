"""The table of tools: what is pinned at which version, and how it is built.

A recipe is what is found or built as one: its tools come from the same place. The Go modules that pin
what a recipe compiles stand in `modules/`, one go.mod each, since one merged module would force their
Kubernetes and Pulumi dependencies onto common versions. Sizes and times were measured on 2 cores.
"""

from dataclasses import dataclass

PULUMI = "3.274.1"
LANGUAGE_HOST = "3.79.0"
"""The last host inside Pulumi's sdk module; later ones are a Go module that is not served."""
KUBERNETES_PROVIDER = "4.25.0"
KUBERNETES = "1.36.3"
KUBERNETES_MINOR = "36"
ETCD = "3.6.8"
KWOK = "0.8.0"
METRICS_SERVER = "0.8.0"
HELM = "3.19.5"


@dataclass(frozen=True)
class Tool:
    """One program, or one folder of files, that the rest of the repository asks for by name.

    Args:
        name: the program's file name.
        version_arguments: what makes the program print its version; none if it cannot.
        location: its place in what the recipe builds, if not `bin/<name>`.
        minor_skew: a program on PATH may be one minor version off, as kubectl may be
            (https://kubernetes.io/releases/version-skew-policy/#kubectl).
        beside: taken from PATH only if it stands in the folder of this other tool, itself from PATH.
        plugin: the folder in Pulumi's plugin cache that holds it at the pinned version.
    """

    name: str
    version_arguments: tuple[str, ...] = ()
    location: str = ""
    minor_skew: bool = False
    beside: str = ""
    plugin: str = ""

    @property
    def target(self) -> str:
        """The tool's place in what its recipe builds."""
        return self.location or f"bin/{self.name}"


@dataclass(frozen=True)
class Copied:
    """Files that a recipe takes out of a Go module as they are.

    Args:
        module: the Go module's path.
        folder: the folder of `modules/` whose go.mod pins the module.
        source: a file or a folder in the module.
        target: its place in what the recipe builds, or beside the source that it compiles.
    """

    module: str
    folder: str
    source: str
    target: str


@dataclass(frozen=True)
class Recipe:
    """What is found on PATH or built as one.

    Args:
        name: the name in the cache.
        title: the name in messages.
        version: the pinned version, without a `v`.
        folder: the folder of `modules/` that pins what is compiled.
        tools: what comes of it.
        packages: the Go packages to compile; none where files are only copied.
        ldflags: the linker's flags.
        staged: files laid beside the folder's own source before it is compiled.
        data: files laid into the result.
        seconds: a cold build's time on 2 cores while another build has its share of them.
        disk: MiB that a cold build takes in Go's caches, downloads included.
        size: MiB of the result.
        links_alone: its link takes so much memory that nothing else may be built meanwhile.
    """

    name: str
    title: str
    version: str
    folder: str
    tools: tuple[Tool, ...]
    packages: tuple[str, ...] = ()
    ldflags: str = "-s -w"
    staged: tuple[Copied, ...] = ()
    data: tuple[Copied, ...] = ()
    seconds: float = 0
    disk: int = 0
    size: int = 0
    links_alone: bool = False

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders of `modules/` that pin what the recipe compiles and copies."""
        copied = (one.folder for one in self.staged + self.data)
        return tuple(dict.fromkeys((self.folder, *copied)))

    @property
    def label(self) -> str:
        """The title and the version, for messages."""
        return f"{self.title} v{self.version}"


_PULUMI_VERSION = "-s -w -X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v"
_PROVIDER = "github.com/pulumi/pulumi-kubernetes/provider/v4"
_COMPONENT = "k8s.io/component-base/version"
_KUBERNETES_VERSION = (
    f"-s -w -X {_COMPONENT}.gitVersion=v{KUBERNETES}"
    f" -X {_COMPONENT}.gitMajor=1 -X {_COMPONENT}.gitMinor={KUBERNETES_MINOR}"
)

# The longest first, so that two at a time end at about the same time. kubectl comes well after the rest of
# Kubernetes, whose packages it then finds compiled.
SETUP = (
    Recipe(
        name="provider",
        title="Kubernetes provider",
        version=KUBERNETES_PROVIDER,
        folder="provider",
        tools=(Tool("pulumi-resource-kubernetes", plugin=f"resource-kubernetes-v{KUBERNETES_PROVIDER}"),),
        packages=(".",),
        ldflags=f"-s -w -X {_PROVIDER}/pkg/version.Version={KUBERNETES_PROVIDER}",
        staged=tuple(
            Copied(_PROVIDER, "provider", f"cmd/pulumi-resource-kubernetes/{file}", file)
            for file in ("schema.json", "terraform-mapping.json")
        ),
        seconds=616,
        disk=4500,
        size=300,
        links_alone=True,
    ),
    Recipe(
        name="kubernetes",
        title="Kubernetes",
        version=KUBERNETES,
        folder="kubernetes",
        tools=tuple(
            Tool(name, ("--version",))
            for name in ("kube-apiserver", "kube-controller-manager", "kube-scheduler")
        ),
        packages=(
            "k8s.io/kubernetes/cmd/kube-apiserver",
            "k8s.io/kubernetes/cmd/kube-controller-manager",
            "k8s.io/kubernetes/cmd/kube-scheduler",
        ),
        ldflags=_KUBERNETES_VERSION,
        seconds=374,
        disk=3600,
        size=275,
    ),
    Recipe(
        name="engine",
        title="Pulumi",
        version=PULUMI,
        folder="engine",
        tools=(Tool("pulumi", ("version",)),),
        packages=("github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",),
        ldflags=f"{_PULUMI_VERSION}{PULUMI}",
        seconds=324,
        disk=2800,
        size=122,
    ),
    Recipe(
        name="metrics",
        title="metrics-server",
        version=METRICS_SERVER,
        folder="metrics",
        tools=(Tool("metrics-server", ("--version",)),),
        packages=("sigs.k8s.io/metrics-server/cmd/metrics-server",),
        seconds=192,
        disk=1500,
        size=60,
    ),
    Recipe(
        name="kwok",
        title="kwok",
        version=KWOK,
        folder="kwok",
        tools=(Tool("kwok", ("--version",)), Tool("kwokctl", ("--version",))),
        packages=("sigs.k8s.io/kwok/cmd/kwok", "sigs.k8s.io/kwok/cmd/kwokctl"),
        ldflags=f"-s -w -X sigs.k8s.io/kwok/pkg/consts.Version=v{KWOK}",
        seconds=106,
        disk=1400,
        size=155,
    ),
    Recipe(
        name="kubectl",
        title="kubectl",
        version=KUBERNETES,
        folder="kubernetes",
        tools=(Tool("kubectl", ("version", "--client"), minor_skew=True),),
        packages=("k8s.io/kubernetes/cmd/kubectl",),
        ldflags=_KUBERNETES_VERSION,
        seconds=60,
        disk=300,
        size=76,
    ),
    Recipe(
        name="etcd",
        title="etcd",
        version=ETCD,
        folder="etcd",
        tools=(Tool("etcd", ("--version",)),),
        packages=("go.etcd.io/etcd/server/v3",),
        seconds=32,
        disk=500,
        size=27,
    ),
    Recipe(
        name="language",
        title="Pulumi Python host",
        version=LANGUAGE_HOST,
        folder="language",
        tools=(
            Tool("pulumi-language-python", beside="pulumi"),
            Tool("pulumi-language-python-exec", beside="pulumi"),
        ),
        packages=("github.com/pulumi/pulumi/sdk/v3/python/cmd/pulumi-language-python",),
        ldflags=f"{_PULUMI_VERSION}{LANGUAGE_HOST}",
        # The script must be of the engine's version, not of the host's.
        data=(
            Copied(
                "github.com/pulumi/pulumi/sdk/v3",
                "engine",
                "python/cmd/pulumi-language-python-exec",
                "bin/pulumi-language-python-exec",
            ),
        ),
        seconds=22,
        disk=400,
        size=20,
    ),
    Recipe(
        name="kwok-kustomize",
        title="kwok's stages",
        version=KWOK,
        folder="kwok",
        tools=(Tool("kwok-kustomize", location="kustomize"),),
        data=(Copied("sigs.k8s.io/kwok", "kwok", "kustomize", "kustomize"),),
        seconds=2,
        disk=20,
        size=1,
    ),
)
"""What `make setup` provides."""

HELM_RECIPE = Recipe(
    name="helm",
    title="helm",
    version=HELM,
    folder="helm",
    tools=(Tool("helm", ("version", "--short")),),
    packages=("helm.sh/helm/v3/cmd/helm",),
    ldflags=f"-s -w -X helm.sh/helm/v3/internal/version.version=v{HELM}",
    seconds=100,
    disk=1400,
    size=60,
)
"""For the bench alone, which compares with it; no part of `make setup`."""
