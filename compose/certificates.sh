#!/bin/sh
# A certificate authority, and a certificate of it for PUBLIC_HOST, in CERTIFICATES; left alone where there are some.
# `trusted.pem` is what the nodes trust: this authority, and those of the system.
set -eu
cd "$CERTIFICATES"
[ -f front.pem ] && exit 0
curve="-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes"
openssl req -x509 $curve -keyout authority.key -out authority.pem -days 3650 -subj "/CN=Ionport trial authority" \
  -addext "basicConstraints=critical,CA:TRUE" -addext "keyUsage=critical,keyCertSign,cRLSign"
openssl req $curve -keyout front.key -out front.csr -subj "/CN=$PUBLIC_HOST"
printf 'subjectAltName=DNS:%s\nextendedKeyUsage=serverAuth\n' "$PUBLIC_HOST" > front.ext
openssl x509 -req -in front.csr -CA authority.pem -CAkey authority.key -CAcreateserial -days 825 -extfile front.ext -out front.pem
cat authority.pem > trusted.pem
[ -f /etc/ssl/certs/ca-certificates.crt ] && cat /etc/ssl/certs/ca-certificates.crt >> trusted.pem
chmod 600 authority.key
chmod 644 front.key
rm -f front.csr front.ext
