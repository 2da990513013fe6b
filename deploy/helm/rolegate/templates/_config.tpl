{{/* rolegated.yaml: what the mode needs, with the user's `config` over it. */}}
{{- define "rolegate.config" -}}
{{- $name := printf "urn:rolegate:%s:%s" .Release.Namespace (include "rolegate.fullname" .) -}}
{{- $listener := dict "address" "unix:/run/rolegate/rolegate.sock" -}}
{{- if eq .Values.mode "shared" -}}
{{- $tls := dict "cert" "/etc/rolegate/tls/tls.crt" "key" "/etc/rolegate/tls/tls.key" -}}
{{- $listener = dict "address" "0.0.0.0:8470" "tls" $tls -}}
{{- if .Values.tls.clientCertificates.required -}}
{{- $_ := set $tls "client_ca" "/etc/rolegate/tls/ca.crt" -}}
{{- $_ := set $listener "mappings" .Values.tls.clientCertificates.mappings -}}
{{- end -}}
{{- else if and (eq .Values.mode "sidecar") .Values.sidecar.principal -}}
{{- $_ := set $listener "principal" .Values.sidecar.principal -}}
{{- end -}}
{{- $registry := dict "dir" (include "rolegate.registryDir" .) -}}
{{- if .Values.registry.lastGood.enabled -}}
{{- $_ := set $registry "last_good_dir" "/var/lib/rolegate/last-good" -}}
{{- end -}}
{{- $config := dict
    "listeners" (list $listener)
    "health_listen" "0.0.0.0:8472"
    "registry" $registry
    "session" (dict
      "issuer" (default $name .Values.session.issuer)
      "audience" (default $name .Values.session.audience)
      "keys_dir" "/etc/rolegate/keys")
    "audit" (dict "path" "stdout") -}}
{{- if eq .Values.mode "shared" -}}
{{- /* Clients hear of a stop, and find new replicas. A socket has one server. */ -}}
{{- $_ := set $config "limits" (dict "drain_delay" "5s" "max_connection_age" "5m") -}}
{{- end -}}
{{- if eq (include "rolegate.scraped" .) "true" -}}
{{- $_ := set $config "operations_listen" (printf "0.0.0.0:%d" (int .Values.operations.port)) -}}
{{- $_ := set $config "operations" (include "rolegate.operations" . | fromYaml) -}}
{{- else if .Values.operations.enabled -}}
{{- $_ := set $config "operations_listen" (printf "127.0.0.1:%d" (int .Values.operations.port)) -}}
{{- end -}}
{{- if include "rolegate.adminPolicy" . -}}
{{- $_ := set $config "admin_policy" "/etc/rolegate/config/administrators.json" -}}
{{- end -}}
{{- if and .Values.webIdentity.enabled .Values.webIdentity.discovery.enabled -}}
{{- $_ := set $config "federation" (dict
    "oidc_hosts" .Values.webIdentity.discovery.hosts
    "ca" "/etc/rolegate/cluster/ca.crt") -}}
{{- end -}}
{{- toYaml (mergeOverwrite $config (deepCopy .Values.config)) -}}
{{- end -}}

{{/* Whether Prometheus reads the servers' metrics. */}}
{{- define "rolegate.scraped" -}}
{{- and (eq .Values.mode "shared") .Values.monitoring.serviceMonitor.enabled -}}
{{- end -}}

{{/* The name in Prometheus's certificate. */}}
{{- define "rolegate.prometheusName" -}}
{{- default (printf "%s-prometheus.%s.svc" (include "rolegate.fullname" .) .Release.Namespace) .Values.monitoring.serviceMonitor.certificate.dnsName -}}
{{- end -}}

{{/* How `operations_listen` knows Prometheus. */}}
{{- define "rolegate.operations" -}}
{{- $monitor := .Values.monitoring.serviceMonitor -}}
tls:
  cert: /etc/rolegate/tls/tls.crt
  key: /etc/rolegate/tls/tls.key
  {{- if eq $monitor.authentication "certificate" }}
  client_ca: /etc/rolegate/tls/ca.crt
  {{- end }}
mappings:
  {{- if eq $monitor.authentication "certificate" }}
  - dns: {{ include "rolegate.prometheusName" . }}
  {{- else }}
  - issuer: {{ .Values.webIdentity.issuer }}
    audience: {{ $monitor.token.audience }}
    claims:
      sub: system:serviceaccount:{{ $monitor.token.namespace }}:{{ $monitor.token.serviceAccount }}
    {{- if .Values.webIdentity.jwks }}
    jwks_file: /etc/rolegate/config/cluster.jwks
    {{- end }}
  {{- end }}
    principal: service:prometheus
{{- end -}}

{{/* `adminPolicy`, and what lets Prometheus read; empty if there is neither. */}}
{{- define "rolegate.adminPolicy" -}}
{{- $policy := deepCopy .Values.adminPolicy -}}
{{- if eq (include "rolegate.scraped" .) "true" -}}
{{- $statements := default list $policy.Statement -}}
{{- if not (kindIs "slice" $statements) -}}{{- $statements = list $statements -}}{{- end -}}
{{- $reads := dict
    "Sid" "PrometheusReads"
    "Effect" "Allow"
    "Principal" (dict "Service" "prometheus")
    "Action" "rolegate:ReadMetrics"
    "Resource" "arn:rolegate:rolegate:::registry" -}}
{{- $policy = merge (dict "Statement" (append $statements $reads)) $policy (dict "Version" "2012-10-17") -}}
{{- end -}}
{{- if $policy -}}{{- toPrettyJson $policy -}}{{- end -}}
{{- end -}}

{{- define "rolegate.registryDir" -}}
{{- $registry := .Values.registry -}}
{{- if eq $registry.source "gitSync" -}}
{{- printf "/etc/rolegate/git/current/%s" $registry.gitSync.path | trimSuffix "/" -}}
{{- else if eq $registry.source "volume" -}}
{{- printf "/etc/rolegate/registry/%s" $registry.volumePath | trimSuffix "/" -}}
{{- else -}}
/etc/rolegate/registry
{{- end -}}
{{- end -}}

{{/* A file of a ConfigMap: a text as it is, YAML as JSON. */}}
{{- define "rolegate.fileContent" -}}
{{- if kindIs "string" . -}}{{- . -}}{{- else -}}{{- toPrettyJson . -}}{{- end -}}
{{- end -}}

{{/* What would start and then not serve is refused here. */}}
{{- define "rolegate.check" -}}
{{- $registry := .Values.registry -}}
{{- if and (eq $registry.source "configMaps") (not $registry.configMaps) (not $registry.existingConfigMaps) (not .Values.webIdentity.enabled) -}}
{{- fail "the registry is empty: set `registry.configMaps` or `registry.existingConfigMaps`, or another `registry.source`" -}}
{{- end -}}
{{- if and (eq $registry.source "gitSync") (not $registry.gitSync.repo) -}}
{{- fail "`registry.gitSync.repo` is not set: it names the repository that holds the registry" -}}
{{- end -}}
{{- if and (eq $registry.source "volume") (not $registry.volume) -}}
{{- fail "`registry.volume` is not set: it is the source of the volume that holds the registry" -}}
{{- end -}}
{{- $folders := concat (keys $registry.configMaps) $registry.existingConfigMaps -}}
{{- if .Values.webIdentity.enabled -}}
{{- $folders = append $folders "web-identity" -}}
{{- end -}}
{{- if and (ne $registry.source "configMaps") $folders -}}
{{- fail (printf "`registry.source` is `%s`, which reads no ConfigMaps: put `%s` into the repository or the volume" $registry.source (first $folders)) -}}
{{- end -}}
{{- if ne (len $folders) (len (uniq $folders)) -}}
{{- fail "two folders of the registry have the same name: names of `registry.configMaps`, `registry.existingConfigMaps` and `web-identity` differ" -}}
{{- end -}}
{{- range $name, $files := $registry.configMaps -}}
{{- $size := 0 -}}
{{- range $file, $content := $files -}}
{{- $size = add $size (len $file) (len (include "rolegate.fileContent" $content)) -}}
{{- end -}}
{{- if gt (int $size) 1000000 -}}
{{- fail (printf "`registry.configMaps.%s` has %d bytes, and a ConfigMap takes 1 MiB: divide it among several names" $name (int $size)) -}}
{{- end -}}
{{- end -}}
{{- $web := .Values.webIdentity -}}
{{- if $web.enabled -}}
{{- if not $web.account -}}
{{- fail "`webIdentity.account` is not set: it is the account number of the provider and the roles" -}}
{{- end -}}
{{- if eq (not $web.jwks) (not $web.discovery.enabled) -}}
{{- fail "`webIdentity` needs one of `jwks`, which is what `kubectl get --raw /openid/v1/jwks` prints, and `discovery.enabled`" -}}
{{- end -}}
{{- if and $web.discovery.enabled (not $web.discovery.hosts) -}}
{{- fail "`webIdentity.discovery.hosts` is empty: name the host of the issuer, and that of its `jwks_uri`" -}}
{{- end -}}
{{- end -}}
{{- if and (eq .Values.mode "shared") .Values.tls.clientCertificates.required (not .Values.tls.clientCertificates.mappings) -}}
{{- fail "`tls.clientCertificates.mappings` is empty: say which certificate is which principal" -}}
{{- end -}}
{{- if and (eq (include "rolegate.scraped" .) "true") (eq .Values.monitoring.serviceMonitor.authentication "token") (not $web.jwks) (not $web.discovery.enabled) -}}
{{- fail "`monitoring.serviceMonitor.authentication` is `token`: set `webIdentity.jwks` to what `kubectl get --raw /openid/v1/jwks` prints, so that the servers know the cluster's keys" -}}
{{- end -}}
{{- if and .Values.tls.certManager.enabled (not .Values.tls.certManager.issuerRef.name) -}}
{{- fail "`tls.certManager.issuerRef.name` is not set: it names the issuer of the certificate" -}}
{{- end -}}
{{- end -}}
