# Three stages: the dashboard, the installed hub, and an image that holds nothing but what runs.

FROM node:22-slim AS dashboard
WORKDIR /src/dashboard
COPY dashboard/package.json dashboard/package-lock.json dashboard/.npmrc ./
RUN npm install --no-save --no-audit --no-fund
COPY dashboard/ ./
RUN npm run build

FROM python:3.11-slim AS installed
WORKDIR /src
COPY pyproject.toml constraints.txt README.md LICENSE ./
COPY scripts/build_dashboard.py scripts/
COPY hub/ hub/
COPY simulators/ simulators/
COPY --from=dashboard /src/hub/gateway/static/ hub/gateway/static/
RUN python -m venv /opt/hub && /opt/hub/bin/pip install --no-cache-dir --constraint constraints.txt .

FROM python:3.11-slim
RUN useradd --system --uid 10001 --home-dir /data --shell /usr/sbin/nologin hub \
    && install --directory --owner=hub --group=hub /data
COPY --from=installed /opt/hub /opt/hub
ENV PATH=/opt/hub/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    HUB_DATA_DIR=/data \
    HUB_HTTP__HOST=0.0.0.0 \
    HUB_HTTP__PORT=8080
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
ENTRYPOINT ["hub"]
CMD ["run"]
