#!/bin/sh
# A certificate for Kafka's TLS listener, signed by a CA of our own; both are made once and kept.
#
#   deploy/certificate.sh HOST [HOST...]     the names (or addresses) that partners will call it by
#
# Writes secrets/tls/: ca.key (stays here), ca.pem (give it to partners), kafka.crt, kafka.pem (key and certificate).
# SECRETS names another folder; DAYS how long the certificate holds (397).
set -eu
[ $# -gt 0 ] || { sed -n '2,7s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
folder=${SECRETS:-$here/secrets}/tls
mkdir -p "$folder"
chmod 700 "$folder"
umask 077
if [ ! -f "$folder/ca.pem" ]; then
    openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 3650 -subj "/CN=Freshwater CA" \
        -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign,cRLSign \
        -keyout "$folder/ca.key" -out "$folder/ca.pem" 2>/dev/null
fi
names=
for host in "$@"; do
    case $host in *[!0-9.]*) kind=DNS ;; *) kind=IP ;; esac
    names=$names${names:+,}$kind:$host
done
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj "/CN=$1" -addext "subjectAltName=$names" \
    -keyout "$folder/kafka.key" -out "$folder/kafka.csr" 2>/dev/null
openssl x509 -req -in "$folder/kafka.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial \
    -copy_extensions copy -days "${DAYS:-397}" -out "$folder/kafka.crt" 2>/dev/null
cat "$folder/kafka.key" "$folder/kafka.crt" >"$folder/kafka.pem"
rm -f "$folder/kafka.csr" "$folder/kafka.key"
# The broker's user reads it by a mount; the folder above is its owner's alone.
chmod 444 "$folder/kafka.pem" "$folder/kafka.crt" "$folder/ca.pem"
openssl x509 -in "$folder/kafka.crt" -noout -subject -enddate -ext subjectAltName
