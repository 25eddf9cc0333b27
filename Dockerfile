# One image for every command: `docker run winnow clean`, `… winnow lag`; without one it is the worker.
FROM python:3.11-slim AS build
WORKDIR /build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
# The pinned dependencies first: they change more rarely than the code, and their layer is kept. Compiled here:
# the root of the container is read-only, and each start would compile again.
COPY requirements/run.txt requirements/build.txt requirements/
RUN python -m venv --without-pip /opt/winnow \
 && python -m pip --python /opt/winnow/bin/python install -q --no-compile --require-hashes -r requirements/run.txt \
 && find /opt/winnow -type d -name tests -path '*/site-packages/numpy/*' -prune -exec rm -rf {} + \
 && /opt/winnow/bin/python -m compileall -q -j 0 /opt/winnow/lib \
 && python -m venv /opt/build \
 && /opt/build/bin/pip install -q --require-hashes -r requirements/build.txt
COPY pyproject.toml README.md LICENSE ./
COPY config config
COPY samples samples
COPY schemas schemas
COPY worker worker
RUN /opt/build/bin/pip wheel -q --no-deps --no-build-isolation -w /wheels . \
 && python -m pip --python /opt/winnow/bin/python install -q --no-compile --no-deps /wheels/*.whl \
 && /opt/winnow/bin/python -m compileall -q -j 0 /opt/winnow/lib

FROM python:3.11-slim
# A number and not a name, so that Kubernetes' runAsNonRoot can check it.
USER 10001:10001
WORKDIR /app
ENV PATH=/opt/winnow/bin:/usr/local/bin:/usr/bin:/bin \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    WINNOW_METRICS__HOST=0.0.0.0
COPY --from=build /opt/winnow /opt/winnow
COPY deploy/docker/probe.py /usr/local/bin/probe
COPY samples samples
# Alive, for whoever runs the image bare; docker-compose.yml asks for more, and other services for other ports.
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s CMD ["probe", "9464/healthz"]
# SIGTERM drains the worker (worker.drain_timeout): give it longer than that before the kill.
STOPSIGNAL SIGTERM
ENTRYPOINT ["winnow"]
CMD ["run"]
