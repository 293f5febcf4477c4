# One image for all programs; the command says which: otp-worker, otp-verify, otpctl, otp-sandbox.
#   docker build -t otp-worker:0.1.0 .
# It runs as a user of its own, needs no capability, and writes nothing: give it a read-only root.

FROM debian:12-slim AS build
ENV DEBIAN_FRONTEND=noninteractive
WORKDIR /src
# Packages by themselves first: they change less often than the source.
COPY scripts/install-deps scripts/
COPY scripts/lib/packages.sh scripts/lib/
RUN scripts/install-deps && apt-get install -y --no-install-recommends nodejs npm ca-certificates
COPY . .
RUN scripts/build release otp-worker otp-verify otpctl otp-sandbox package_files \
    && for part in otp-common otp-worker otp-verify otpctl otp-sandbox; do \
           DESTDIR=/image cmake --install build/release --prefix /usr --component "$part" --strip; \
       done \
    && rm -rf /image/etc /image/usr/lib/systemd /image/usr/lib/sysusers.d /image/usr/share/lintian

FROM debian:12-slim
# The libraries that the programs are linked with; tests/unit/deploy_test.py holds this list to them.
RUN apt-get update \
    && apt-get install -y --no-install-recommends \
        ca-certificates curl libjemalloc2 libphonenumber8 libpq5 libprometheus-cpp-core1.0 libssl3 libstdc++6 libsystemd0 libtomlplusplus3 \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin otp
COPY --from=build /image/ /
USER 10001:10001
WORKDIR /usr/share/otp-worker
ENV OTP_WORKER_LISTEN=0.0.0.0:9464 OTP_LISTEN=0.0.0.0:8080
EXPOSE 8080 9464
STOPSIGNAL SIGTERM
# /livez of whichever of the two runs here.
HEALTHCHECK --interval=10s --timeout=3s --start-period=90s \
    CMD curl -fsS -o /dev/null http://127.0.0.1:9464/livez || curl -fsS -o /dev/null http://127.0.0.1:8080/livez
CMD ["otp-worker"]
