# syntax=docker/dockerfile:1
# The games, and the evaluation of models behind an endpoint: no torch, no engine. From the root of the repository:
#   docker build -f docker/minimal.Dockerfile -t easyr1:minimal .
ARG BASE=debian:bookworm-slim
FROM ${BASE}

RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates python3-venv \
    && rm -rf /var/lib/apt/lists/*

# Ids of who owns the mounted folders on the host.
ARG USER_ID=1000
ARG GROUP_ID=1000
RUN groupadd --non-unique --gid "$GROUP_ID" easyr1 \
    && useradd --uid "$USER_ID" --gid "$GROUP_ID" --create-home --shell /bin/bash easyr1

ENV VIRTUAL_ENV=/opt/venv \
    PATH=/opt/venv/bin:$PATH \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1

WORKDIR /opt/easyr1
# As in train.Dockerfile: the packages first, over empty packages of ours. Further extras: atari, minigrid, photos.
COPY setup.py pyproject.toml ./
COPY easyr1/constraints easyr1/constraints
ARG EXTRAS=eval
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    mkdir -p games recipes \
    && touch README.md easyr1/__init__.py games/__init__.py \
    && python3 -m venv "$VIRTUAL_ENV" \
    && pip install --quiet --constraint easyr1/constraints/cpu-py3.11.txt --editable ".[$EXTRAS]"

COPY . .
RUN python -m compileall -q easyr1 games \
    && mkdir -p runs \
    && chown easyr1: runs

USER easyr1
# What the image is for, in small: a game keeps its contract, and an evaluation can start.
RUN python -c "import games, easyr1.evaluate; games.check_game('games/ShisenSho-v0')"
CMD ["python", "-m", "easyr1.evaluate", "policy=random", "suite=g1"]
