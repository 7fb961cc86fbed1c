# A small image that runs as nobody: the program, certificates, time zones.
#
#   docker build --build-arg VERSION=v0.1.0 -t logwhy .
#   docker run --rm -v "$PWD:/data:ro" logwhy report /data/logs.json -o md=-
#
# Two builds of one commit give the same program. For the same image pin the
# digest of golang, and build with SOURCE_DATE_EPOCH and rewrite-timestamp=true.
FROM golang:1.26 AS build
ARG VERSION=
ENV CGO_ENABLED=0 GOFLAGS=-mod=readonly GOTOOLCHAIN=local
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
RUN go build -trimpath -buildvcs=false -ldflags "-s -w -buildid= -X main.version=${VERSION}" -o /out/logwhy ./cmd/logwhy
# Where standard input is set down when it is read twice.
RUN mkdir -m 1777 /out/tmp

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/
COPY --from=build /usr/local/go/lib/time/zoneinfo.zip /zoneinfo.zip
COPY --from=build --chmod=1777 /out/tmp /tmp
COPY --from=build /out/logwhy /logwhy
ENV ZONEINFO=/zoneinfo.zip
USER 65532:65532
WORKDIR /tmp
ENTRYPOINT ["/logwhy"]
