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
{{- if .Values.operations.enabled -}}
{{- $_ := set $config "operations_listen" (printf "127.0.0.1:%d" (int .Values.operations.port)) -}}
{{- end -}}
{{- if .Values.adminPolicy -}}
{{- $_ := set $config "admin_policy" "/etc/rolegate/config/administrators.json" -}}
{{- end -}}
{{- if and .Values.webIdentity.enabled .Values.webIdentity.discovery.enabled -}}
{{- $_ := set $config "federation" (dict
    "oidc_hosts" .Values.webIdentity.discovery.hosts
    "ca" "/etc/rolegate/cluster/ca.crt") -}}
{{- end -}}
{{- toYaml (mergeOverwrite $config (deepCopy .Values.config)) -}}
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
{{- if and .Values.tls.certManager.enabled (not .Values.tls.certManager.issuerRef.name) -}}
{{- fail "`tls.certManager.issuerRef.name` is not set: it names the issuer of the certificate" -}}
{{- end -}}
{{- end -}}
