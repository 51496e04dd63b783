# The image. `make image` builds the same without a Docker engine: scripts/build-image reads the release of Debian, the
# packages, the labels, the user and the entry point here, and scripts/check-image compares the two.
#
# The packages are named here and nowhere else: scripts/install-requirements reads them.
ARG BUILD_PACKAGES="libcurl4-openssl-dev"
ARG RUNTIME_PACKAGES="ca-certificates libcurl4 libstdc++6"

FROM swift:6.3.1-bookworm AS build
ARG BUILD_PACKAGES
RUN apt-get update \
    && apt-get install -y --no-install-recommends $BUILD_PACKAGES \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /source
# The package manager wants to see the folder of every target, of those that are not built, too.
COPY Package.swift ./
COPY Benchmarks ./Benchmarks
COPY Sources ./Sources
COPY Tests ./Tests
RUN swift build -c release --static-swift-stdlib --product kubernetes-image-puller \
    && strip --remove-section=.swift_modhash --remove-section=.note.gnu.build-id \
        -o /kubernetes-image-puller .build/release/kubernetes-image-puller
COPY scripts/build-sleep ./scripts/
RUN scripts/build-sleep /sleep

FROM debian:bookworm-slim
ARG RUNTIME_PACKAGES
RUN apt-get update \
    && apt-get install -y --no-install-recommends $RUNTIME_PACKAGES \
    && rm -rf /var/lib/apt/lists/*
COPY LICENSE /usr/share/doc/kubernetes-image-puller/LICENSE
COPY --from=build /kubernetes-image-puller /usr/local/bin/kubernetes-image-puller
# In place of Debian's, for KIP_IMAGE: an init container copies /bin/sleep to where any image can run it.
COPY --from=build /sleep /usr/bin/sleep
# `make docker` passes them.
ARG VERSION
ARG REVISION
ARG CREATED
LABEL org.opencontainers.image.title="kubernetes-image-puller"
LABEL org.opencontainers.image.description="Keeps container images on the nodes of Kubernetes clusters"
LABEL org.opencontainers.image.licenses="Apache-2.0"
LABEL org.opencontainers.image.version="$VERSION"
LABEL org.opencontainers.image.revision="$REVISION"
LABEL org.opencontainers.image.created="$CREATED"
WORKDIR /
# As numbers, so that Kubernetes can see that this is not root. On OpenShift the SCC chooses another.
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/kubernetes-image-puller"]
