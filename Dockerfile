# The image of a node, of the front door, and of the command `keytide`. Every package comes from the lock file, by hash.
FROM python:3.12-slim-bookworm AS packages
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv --without-pip /opt/keytide
WORKDIR /source
COPY requirements.txt ./
RUN pip --python /opt/keytide/bin/python install --quiet --only-binary :all: --require-hashes --requirement requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY shared shared
COPY replication replication
COPY services services
RUN pip --python /opt/keytide/bin/python install --quiet --no-deps --no-build-isolation --no-index . \
 && pip --python /opt/keytide/bin/python uninstall --quiet --yes setuptools

FROM python:3.12-slim-bookworm
RUN useradd --uid 10001 --user-group --home-dir /var/lib/keytide --shell /usr/sbin/nologin keytide \
 && install -d -o keytide -g keytide -m 0700 \
      /var/lib/keytide /var/lib/keytide/keys /var/lib/keytide-card /var/lib/keytide-invitations /run/keytide
COPY --from=packages /opt/keytide /opt/keytide
COPY --chmod=755 containers/node/answers /usr/local/bin/answers
ENV PATH=/opt/keytide/bin:$PATH KEYTIDE_DIRECTORY=/var/lib/keytide KEYTIDE_LOG=stdout PYTHONDONTWRITEBYTECODE=1
USER keytide
WORKDIR /var/lib/keytide
EXPOSE 8100 8200 8300
HEALTHCHECK --interval=5s --timeout=4s --start-period=180s --retries=6 CMD ["answers", "/readyz"]
ENTRYPOINT ["keytide"]
CMD ["node", "run", "--settings", "/etc/keytide/node.json", "--directory", "/var/lib/keytide"]
