{{/* What holds for every container: Pod Security's "restricted". */}}
{{- define "rolegate.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: ["ALL"]
{{- end -}}

{{- define "rolegate.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{/* The server's container, the same in every mode. */}}
{{- define "rolegate.container" -}}
name: rolegate
image: {{ include "rolegate.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: ["--config", "/etc/rolegate/config/rolegated.yaml"]
ports:
  {{- if eq .Values.mode "shared" }}
  - name: grpc
    containerPort: 8470
  {{- end }}
  - name: health
    containerPort: 8472
  {{- if and (eq .Values.mode "shared") .Values.monitoring.serviceMonitor.enabled }}
  - name: operations
    containerPort: {{ .Values.operations.port }}
  {{- end }}
startupProbe:
  grpc:
    port: 8472
  periodSeconds: 1
  failureThreshold: 120
livenessProbe:
  grpc:
    port: 8472
    service: rolegate.liveness
readinessProbe:
  grpc:
    port: 8472
  periodSeconds: 5
resources: {{- toYaml .Values.resources | nindent 2 }}
securityContext: {{- include "rolegate.containerSecurity" . | nindent 2 }}
volumeMounts:
  - {name: rolegate-config, mountPath: /etc/rolegate/config, readOnly: true}
  - {name: rolegate-keys, mountPath: /etc/rolegate/keys, readOnly: true}
  {{- if eq .Values.mode "shared" }}
  - {name: rolegate-tls, mountPath: /etc/rolegate/tls, readOnly: true}
  {{- else }}
  - {name: rolegate-socket, mountPath: /run/rolegate}
  {{- end }}
  {{- if eq .Values.registry.source "gitSync" }}
  - {name: rolegate-git, mountPath: /etc/rolegate/git, readOnly: true}
  {{- else if eq .Values.registry.source "volume" }}
  - {name: rolegate-registry, mountPath: /etc/rolegate/registry, readOnly: true}
  {{- else }}
  {{- range $folder, $_ := include "rolegate.registryFolders" . | fromYaml }}
  - {name: rolegate-registry-{{ $folder }}, mountPath: /etc/rolegate/registry/{{ $folder }}, readOnly: true}
  {{- end }}
  {{- end }}
  {{- if .Values.registry.lastGood.enabled }}
  - {name: rolegate-state, mountPath: /var/lib/rolegate}
  {{- end }}
  {{- if and .Values.webIdentity.enabled .Values.webIdentity.discovery.enabled }}
  - {name: rolegate-cluster, mountPath: /etc/rolegate/cluster, readOnly: true}
  {{- end }}
  {{- with .Values.extraVolumeMounts }}{{ toYaml . | nindent 2 }}{{ end }}
{{- end -}}

{{/* FOLDER: NAME of a ConfigMap, for each folder of the registry. */}}
{{- define "rolegate.registryFolders" -}}
{{- $folders := dict -}}
{{- $prefix := include "rolegate.fullname" . -}}
{{- range $name, $_ := .Values.registry.configMaps -}}
{{- $_ := set $folders $name (printf "%s-registry-%s" $prefix $name) -}}
{{- end -}}
{{- range .Values.registry.existingConfigMaps -}}
{{- $_ := set $folders . . -}}
{{- end -}}
{{- if .Values.webIdentity.enabled -}}
{{- $_ := set $folders "web-identity" (printf "%s-registry-web-identity" $prefix) -}}
{{- end -}}
{{- toYaml $folders -}}
{{- end -}}

{{- define "rolegate.volumes" -}}
- name: rolegate-config
  configMap: {name: {{ include "rolegate.fullname" . }}-config}
- name: rolegate-keys
  secret: {secretName: {{ .Values.keys.secretName }}, defaultMode: 0440}
{{- if eq .Values.mode "shared" }}
- name: rolegate-tls
  secret: {secretName: {{ .Values.tls.secretName }}, defaultMode: 0440}
{{- else if eq .Values.mode "node" }}
- name: rolegate-socket
  hostPath: {path: {{ .Values.node.folder }}, type: {{ ternary "DirectoryOrCreate" "Directory" .Values.node.prepareFolder.enabled }}}
{{- else }}
- name: rolegate-socket
  emptyDir: {medium: Memory, sizeLimit: 1Mi}
{{- end }}
{{- if eq .Values.registry.source "gitSync" }}
- name: rolegate-git
  emptyDir: {sizeLimit: 1Gi}
- name: rolegate-git-tmp
  emptyDir: {sizeLimit: 64Mi}
{{- with .Values.registry.gitSync.sshSecretName }}
- name: rolegate-git-ssh
  secret: {secretName: {{ . }}, defaultMode: 0440}
{{- end }}
{{- else if eq .Values.registry.source "volume" }}
- name: rolegate-registry
  {{- toYaml .Values.registry.volume | nindent 2 }}
{{- else }}
{{- range $folder, $name := include "rolegate.registryFolders" . | fromYaml }}
- name: rolegate-registry-{{ $folder }}
  configMap: {name: {{ $name }}}
{{- end }}
{{- end }}
{{- if .Values.registry.lastGood.enabled }}
- name: rolegate-state
  emptyDir: {sizeLimit: 5Gi}
{{- end }}
{{- if and .Values.webIdentity.enabled .Values.webIdentity.discovery.enabled }}
- name: rolegate-cluster
  configMap: {name: kube-root-ca.crt}
{{- end }}
{{- with .Values.extraVolumes }}{{ toYaml . | nindent 0 }}{{ end }}
{{- end -}}

{{/* git-sync, which swaps the link `current` once a commit is there whole. The
server starts after the first one. */}}
{{- define "rolegate.gitSyncContainer" -}}
{{- $git := .Values.registry.gitSync -}}
name: git-sync
image: {{ $git.image }}
restartPolicy: Always
args:
  - --repo={{ $git.repo }}
  - --ref={{ $git.ref }}
  - --root=/git
  - --link=current
  - --period={{ $git.period }}
  - --max-failures=-1
  - --http-bind=:8474
  {{- if $git.sshSecretName }}
  - --ssh-key-file=/etc/git-secret/ssh
  - --ssh-known-hosts-file=/etc/git-secret/known_hosts
  {{- end }}
ports:
  - name: git-sync
    containerPort: 8474
startupProbe:
  httpGet: {path: /, port: git-sync}
  periodSeconds: 2
  failureThreshold: 150
resources: {{- toYaml $git.resources | nindent 2 }}
securityContext: {{- include "rolegate.containerSecurity" . | nindent 2 }}
volumeMounts:
  - {name: rolegate-git, mountPath: /git}
  - {name: rolegate-git-tmp, mountPath: /tmp}
  {{- if $git.sshSecretName }}
  - {name: rolegate-git-ssh, mountPath: /etc/git-secret, readOnly: true}
  {{- end }}
{{- end -}}

{{/* For your own chart, with the scope of this one, `.Subcharts.rolegate`: the
entries of `initContainers` and of `volumes`. The startup probe lets your
containers wait until the server answers. */}}
{{- define "rolegate.sidecar.container" -}}
{{- include "rolegate.check" . -}}
{{- if eq .Values.registry.source "gitSync" -}}
- {{- include "rolegate.gitSyncContainer" . | nindent 2 }}
{{ end -}}
- {{- include "rolegate.container" . | nindent 2 }}
  restartPolicy: Always
{{- end -}}

{{- define "rolegate.sidecar.volumes" -}}
{{- include "rolegate.volumes" . -}}
{{- end -}}

{{/* For containers that ask the sidecar: the mount of its socket. */}}
{{- define "rolegate.sidecar.mount" -}}
- {name: rolegate-socket, mountPath: /run/rolegate, readOnly: true}
{{- end -}}

{{/* For pods that assume a role by their service account. The argument of `env`
is {server, roleArn}, and that of `volume` the audience. */}}
{{- define "rolegate.client.env" -}}
- {name: ROLEGATE_SERVER, value: {{ .server | quote }}}
- {name: ROLEGATE_ROLE_ARN, value: {{ .roleArn | quote }}}
- {name: ROLEGATE_WEB_IDENTITY_TOKEN_FILE, value: /var/run/secrets/rolegate/token}
{{- end -}}

{{- define "rolegate.client.mount" -}}
- {name: rolegate-token, mountPath: /var/run/secrets/rolegate, readOnly: true}
{{- end -}}

{{- define "rolegate.client.volume" -}}
- name: rolegate-token
  projected:
    sources:
      - serviceAccountToken: {path: token, audience: {{ . | quote }}, expirationSeconds: 3600}
{{- end -}}

{{/* The template of the pods of `shared` and `node`. */}}
{{- define "rolegate.podTemplate" -}}
metadata:
  labels:
    {{- include "rolegate.labels" . | nindent 4 }}
    {{- with .Values.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  annotations:
    # The settings are read at start; the registry and the keys at any time.
    checksum/config: {{ printf "%s%s" (include "rolegate.config" .) (include "rolegate.adminPolicy" .) | sha256sum }}
    {{- with .Values.podAnnotations }}{{ toYaml . | nindent 4 }}{{ end }}
spec:
  serviceAccountName: {{ include "rolegate.serviceAccountName" . }}
  automountServiceAccountToken: false
  # Without it Kubernetes sets ROLEGATE_… variables for the Service.
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  securityContext: {{- include "rolegate.podSecurity" . | nindent 4 }}
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- $prepare := and (eq .Values.mode "node") .Values.node.prepareFolder.enabled }}
  {{- if or $prepare (eq .Values.registry.source "gitSync") }}
  initContainers:
    {{- if $prepare }}
    - name: prepare-folder
      image: {{ .Values.node.prepareFolder.image }}
      command: ["/bin/sh", "-c", "chown 65532:65532 /run/rolegate && chmod 0755 /run/rolegate"]
      resources:
        requests: {cpu: 10m, memory: 16Mi}
        limits: {memory: 32Mi}
      securityContext:
        runAsNonRoot: false
        runAsUser: 0
        allowPrivilegeEscalation: false
        readOnlyRootFilesystem: true
        capabilities:
          drop: ["ALL"]
          add: ["CHOWN", "FOWNER"]
      volumeMounts:
        - {name: rolegate-socket, mountPath: /run/rolegate}
    {{- end }}
    {{- if eq .Values.registry.source "gitSync" }}
    - {{- include "rolegate.gitSyncContainer" . | nindent 6 }}
    {{- end }}
  {{- end }}
  containers:
    - {{- include "rolegate.container" . | nindent 6 }}
  volumes: {{- include "rolegate.volumes" . | nindent 4 }}
  {{- if and (eq .Values.mode "shared") .Values.topologySpread.enabled }}
  topologySpreadConstraints:
    {{- range list "topology.kubernetes.io/zone" "kubernetes.io/hostname" }}
    - topologyKey: {{ . }}
      maxSkew: 1
      whenUnsatisfiable: {{ $.Values.topologySpread.whenUnsatisfiable }}
      labelSelector:
        matchLabels: {{- include "rolegate.selectorLabels" $ | nindent 10 }}
    {{- end }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
