# Two bases of one Debian, so that what is built in one runs in the other. glibc: no Alpine.
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim
ARG BASE_IMAGE=docker.io/library/debian:bookworm-slim

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Optional are the project's own Node and the embedded PostgreSQL; here the base brings the first and DATABASE_URL
# names the second. No package needs an install script.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --omit=optional --ignore-scripts
COPY migrations migrations
COPY src src

FROM ${BASE_IMAGE}
COPY --from=build /usr/local/bin/node /usr/local/bin/node
WORKDIR /app
# All that a replica may write lies in /data: give it a volume, and the root may be read-only.
RUN mkdir -p /data /app/.cache && chown 10001:10001 /data /app/.cache
COPY --from=build /app /app
USER 10001:10001
ENV NODE_ENV=production DATA_DIR=/data NODE_COMPILE_CACHE=/app/.cache
# Node keeps the cache by user, so it is warmed by the one that will run.
RUN node src/compile-ahead.ts
VOLUME /data
EXPOSE 8006
STOPSIGNAL SIGTERM
# A start may run long migrations; the first successful check ends the start period.
HEALTHCHECK --interval=10s --timeout=5s --start-period=10m --retries=3 CMD ["node", "src/health-check.ts"]
CMD ["node", "src/main.ts"]

ARG VERSION=0.1.0
ARG REVISION=unknown
LABEL org.opencontainers.image.title="Integration Service" \
      org.opencontainers.image.description="One gateway to the services of third parties" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
