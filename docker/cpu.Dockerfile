# syntax=docker/dockerfile:1
# Training the tiny model without a GPU. From the root of the repository:
#   docker build -f docker/cpu.Dockerfile -t easyr1:cpu .
ARG BASE=debian:bookworm-slim
FROM ${BASE}

# torch compiles some operators with g++ when a run starts.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends ca-certificates g++ python3-dev python3-venv \
    && rm -rf /var/lib/apt/lists/*

# Ids of who owns the mounted folders on the host.
ARG USER_ID=1000
ARG GROUP_ID=1000
RUN groupadd --non-unique --gid "$GROUP_ID" easyr1 \
    && useradd --uid "$USER_ID" --gid "$GROUP_ID" --create-home --shell /bin/bash easyr1

ENV EASYR1_DEVICE=cpu \
    VIRTUAL_ENV=/opt/venv \
    PATH=/opt/venv/bin:$PATH \
    PIP_NO_CACHE_DIR=1 \
    UV_NO_CACHE=1 \
    UV_COMPILE_BYTECODE=1
# A login shell begins with a PATH of its own.
RUN echo 'export VIRTUAL_ENV=/opt/venv PATH=/opt/venv/bin:$PATH' >/etc/profile.d/easyr1.sh

WORKDIR /opt/easyr1
# First what the packages depend on alone: a change of code then keeps this layer, by far the largest. Empty packages
# stand in for the code, and its imports are checked below. A pip.conf, for an index of your own, stays outside.
COPY setup.py pyproject.toml install.sh ./
COPY easyr1/constraints easyr1/constraints
ARG EXTRAS=eval
RUN --mount=type=secret,id=pip_conf,target=/etc/pip.conf \
    mkdir -p easyr1/bridge games recipes \
    && touch README.md easyr1/__init__.py easyr1/bridge/__init__.py easyr1/bridge/check_imports.py games/__init__.py \
    && python3 -m venv "$VIRTUAL_ENV" \
    && bash install.sh \
    && bash install.sh $EXTRAS

COPY . .
RUN python -m compileall -q easyr1 games \
    && mkdir -p runs /home/easyr1/.cache/huggingface \
    && chown -R easyr1: runs /home/easyr1

USER easyr1
# Whatever training imports, as the user who trains: the build ends here where something cannot be.
RUN VERL_PLATFORM=cpu python -m easyr1.bridge.check_imports
CMD ["bash", "recipes/rl_shisensho.sh"]
