# syntax=docker/dockerfile:1

# The full image has the compiler that better-sqlite3 needs where its prebuilt binary cannot be downloaded.
FROM node:20-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm install --no-audit --no-fund
COPY nest-cli.json tsconfig.json tsconfig.build.json bundle.mjs ./
COPY src ./src
RUN npm run -s build && npm prune --omit=dev --no-audit --no-fund

# The same Debian, so that what was compiled above runs here.
FROM node:20-bookworm-slim
WORKDIR /app
COPY --from=build /app/package.json ./
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY docs ./docs

# The one place that is written to. A named volume made from it belongs to this user too.
RUN mkdir -p /data/keys && chown -R node:node /data && chmod 700 /data /data/keys
ENV DATA_DIR=/data HOST=0.0.0.0
VOLUME /data
EXPOSE 3000
USER node

# Ready, not only alive: read models have caught up with the log.
HEALTHCHECK --interval=10s --timeout=5s --start-period=3m --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/ready`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]

# Without npm in between, so that a stop reaches the service and it drains.
# Young objects get room for a few requests more than by default (MiB): most of them are gone before they would be copied.
CMD ["node", "--max-semi-space-size=32", "dist/main.js"]
