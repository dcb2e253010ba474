# An image for those who have a PostgreSQL (LAPOR_DATABASE_URL). On one machine, `make run` needs no container.
# Not built where it was written, for lack of a container runtime: the steps are those of the Makefile.
FROM python:3.13-slim-bookworm AS build
WORKDIR /src
RUN python -m venv /opt/lapor
COPY requirements/run.txt requirements/run.txt
RUN /opt/lapor/bin/python -m pip install --no-cache-dir --require-hashes -r requirements/run.txt
COPY pyproject.toml README.md LICENSE ./
COPY lapor lapor
COPY projections projections
RUN /opt/lapor/bin/python -m pip install --no-cache-dir --no-deps --no-build-isolation .

FROM python:3.13-slim-bookworm
RUN useradd --system --home-dir /var/lib/lapor --create-home lapor && \
    install --directory --owner lapor --mode 0700 /var/lib/lapor/data
COPY --from=build /opt/lapor /opt/lapor
ENV PATH=/opt/lapor/bin:$PATH PYTHONUNBUFFERED=1 LAPOR_DATA=/var/lib/lapor/data
USER lapor
# keys/ and checkpoints of the service: every container must see the same folder (docs/running.md)
VOLUME /var/lib/lapor/data
EXPOSE 8000
CMD ["lapor", "serve", "--host", "0.0.0.0"]
