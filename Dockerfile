# syntax=docker/dockerfile:1
ARG NODE_IMAGE=docker.io/library/node:24-bookworm-slim

# Build: compilers for better-sqlite3, which is fetched as source where no prebuilt binary is reachable.
FROM ${NODE_IMAGE} AS build
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 make g++ \
 && rm -rf /var/lib/apt/lists/*
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# The workspaces are not part of the server, but npm wants to see what the lock file names.
COPY packages/verifier/package.json packages/verifier/
COPY packages/testing/package.json packages/testing/
RUN npm ci --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json ormconfig.ts ./
COPY scripts/bundle.mjs scripts/
COPY src ./src
RUN npm run build && npm prune --omit=dev --no-audit --no-fund

# Run: no compilers, no package manager's cache, no root.
FROM ${NODE_IMAGE}
ENV NODE_ENV=production HOST=0.0.0.0 PORT=3000 DATA_DIR=/data
WORKDIR /app
RUN mkdir /data && chown 1000:1000 /data
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/build/signet ./build/signet
COPY package.json LICENSE ./
USER 1000:1000
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.PORT + '/health/live').then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
CMD ["node", "--max-semi-space-size=64", "build/signet/main.js"]
