{{/* What identifies the puller's pods. It must not change: a Deployment's selector is immutable. */}}
{{- define "puller.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
{{- end }}

{{- define "puller.labels" -}}
{{ include "puller.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name (.Chart.Version | replace "+" "_") }}
{{- end }}

{{- define "puller.account" -}}
{{ .Values.serviceAccount.name | default .Values.deploymentName }}
{{- end }}

{{- define "puller.configMap" -}}
{{ .Values.configMap.name | default .Values.deploymentName }}
{{- end }}

{{- define "puller.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* A value as the text of a variable: maps and lists as JSON, whole numbers without an exponent. */}}
{{- define "puller.text" -}}
{{- if kindIs "string" . -}}
{{ . }}
{{- else if kindIs "float64" . -}}
{{ if eq (floor .) . }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- else if or (kindIs "map" .) (kindIs "slice" .) -}}
{{ toJson . }}
{{- else if not (kindIs "invalid" .) -}}
{{ toString . }}
{{- end -}}
{{- end }}

{{/* The items of a list, or of a string that already separates them. Expects a dict with `items` and `separator`. */}}
{{- define "puller.joined" -}}
{{- if kindIs "slice" .items -}}
{{ join .separator .items }}
{{- else -}}
{{ .items }}
{{- end -}}
{{- end }}

{{/* The image that KIP_IMAGE names, if any. */}}
{{- define "puller.kipImage" -}}
{{- if eq .Values.kipImage "none" -}}
{{- else if .Values.kipImage -}}
{{ .Values.kipImage }}
{{- else if not .Values.multicluster.enabled -}}
{{ include "puller.image" . }}
{{- end -}}
{{- end }}

{{/* The pull secrets of the cached images. If they run the puller's own image, they include that image's. */}}
{{- define "puller.pullSecrets" -}}
{{- $given := include "puller.joined" (dict "items" .Values.configMap.imagePullSecrets "separator" ";") -}}
{{- $names := list -}}
{{- range splitList ";" $given -}}
{{- if trim . -}}{{- $names = append $names (trim .) -}}{{- end -}}
{{- end -}}
{{- if and (not .Values.kipImage) (include "puller.kipImage" .) -}}
{{- range .Values.imagePullSecrets -}}{{- $names = append $names .name -}}{{- end -}}
{{- end -}}
{{ uniq $names | join ";" }}
{{- end }}

{{/* Whether a file is given, by its content or by the ConfigMap that contains it. */}}
{{- define "puller.hasFile" -}}
{{- if or .content .configMap -}}true{{- end -}}
{{- end }}

{{/* The images that are cached if the values name none: small, and with a `sleep` that accepts `infinity`. */}}
{{- define "puller.sampleImages" -}}
busybox=docker.io/library/busybox:1.37.0;alpine=docker.io/library/alpine:3.22.1
{{- end }}

{{/* The puller's environment, apart from its secrets, as a YAML map of strings. Empty variables are left out. */}}
{{- define "puller.environment" -}}
{{- $values := .Values -}}
{{- $given := .Values.configMap -}}
{{- $many := .Values.multicluster -}}
{{- $result := dict "MULTICLUSTER" (toString $many.enabled) "DAEMONSET_NAME" $values.deploymentName -}}
{{- $_ := set $result "IMAGES" ($given.images | trim) -}}
{{- if include "puller.hasFile" $values.imagesFile -}}
{{- $_ := set $result "IMAGES_FILE" "/etc/kubernetes-image-puller/images/images" -}}
{{- else if not $result.IMAGES -}}
{{- $_ := set $result "IMAGES" (include "puller.sampleImages" .) -}}
{{- end -}}
{{- $_ := set $result "CACHING_INTERVAL_HOURS" (include "puller.text" $given.cachingIntervalHours) -}}
{{- $_ := set $result "CACHING_MEMORY_REQUEST" (include "puller.text" $given.cachingMemoryRequest) -}}
{{- $_ := set $result "CACHING_MEMORY_LIMIT" (include "puller.text" $given.cachingMemoryLimit) -}}
{{- $_ := set $result "CACHING_CPU_REQUEST" (include "puller.text" $given.cachingCpuRequest) -}}
{{- $_ := set $result "CACHING_CPU_LIMIT" (include "puller.text" $given.cachingCpuLimit) -}}
{{- $_ := set $result "NODE_SELECTOR" (include "puller.text" $given.nodeSelector) -}}
{{- $_ := set $result "AFFINITY" (include "puller.text" $given.affinity) -}}
{{- $_ := set $result "TOLERATIONS" (include "puller.text" $given.tolerations) -}}
{{- $_ := set $result "IMAGE_PULL_SECRETS" (include "puller.pullSecrets" .) -}}
{{- $_ := set $result "KIP_IMAGE" (include "puller.kipImage" .) -}}
{{- $_ := set $result "POD_STATUS" (toString $values.podStatus) -}}
{{- $_ := set $result "PULL_TIMES" (toString $values.pullTimes) -}}
{{- $_ := set $result "STATUS_PORT" (include "puller.text" $values.status.port) -}}
{{- $_ := set $result "CONSOLE_PORT" (include "puller.text" $values.console.port) -}}
{{- $_ := set $result "CONSOLE_ADDRESS" $values.console.address -}}
{{- if $values.console.tokenSecret -}}
{{- $_ := set $result "CONSOLE_TOKEN_FILE" "/etc/kubernetes-image-puller/console/token" -}}
{{- end -}}
{{- $_ := set $result "METRICS_PER_CLUSTER" (include "puller.text" $values.metrics.perCluster) -}}
{{- if $many.enabled -}}
{{- $_ := set $result "NAMESPACE" $many.namespace -}}
{{- $_ := set $result "OPENSHIFT_PROXY_URL" $many.proxyURL -}}
{{- $_ := set $result "OIDC_PROVIDER" $many.oidcProvider -}}
{{- $_ := set $result "IMPERSONATE_USERS" (include "puller.joined" (dict "items" $many.users "separator" ",")) -}}
{{- if include "puller.hasFile" $many.usersFile -}}
{{- $_ := set $result "IMPERSONATE_USERS_FILE" "/etc/kubernetes-image-puller/users/users" -}}
{{- end -}}
{{- else -}}
{{- $_ := set $result "NAMESPACE" .Release.Namespace -}}
{{- if $values.removeOnUninstall -}}
{{- $_ := set $result "DEPLOYMENT_NAME" $values.deploymentName -}}
{{- end -}}
{{- end -}}
{{- range $name, $value := $values.env -}}
{{- if has $name (list "SERVICE_ACCOUNT_SECRET" "SERVICE_ACCOUNT_ID") -}}
{{- fail (printf "env.%s would be readable in the ConfigMap: it must be in a Secret, see multicluster.credentials" $name) -}}
{{- else if eq $name "MULTICLUSTER" -}}
{{- fail "env.MULTICLUSTER must not be set: multicluster.enabled decides it" -}}
{{- end -}}
{{- $_ := set $result $name (include "puller.text" $value) -}}
{{- end -}}
{{- /* An owner in another namespace does not exist for the garbage collector, which would delete the DaemonSets. */ -}}
{{- if ne $result.NAMESPACE .Release.Namespace -}}
{{- $_ := unset $result "DEPLOYMENT_NAME" -}}
{{- end -}}
{{- $address := $result.CONSOLE_ADDRESS | default "::1" -}}
{{- if not (or (eq ($result.CONSOLE_PORT | default "8081") "0") $result.CONSOLE_TOKEN_FILE (eq $address "::1") (hasPrefix "127." $address)) -}}
{{- fail "console.address makes the page and its API reachable, so console.tokenSecret must name a Secret with a token" -}}
{{- end -}}
{{- range $name, $value := $result -}}
{{- if ne $value "" }}
{{ $name }}: {{ $value | quote }}
{{- end -}}
{{- end -}}
{{- end }}

{{/* The port of /livez, /readyz and /metrics; empty for none. A variable that is not set has its default. */}}
{{- define "puller.statusPort" -}}
{{- $port := (fromYaml (include "puller.environment" .)).STATUS_PORT | default "8080" -}}
{{- if ne $port "0" -}}{{ $port }}{{- end -}}
{{- end }}

{{/* The Service's name. Unlike a Deployment's, it must not begin with a digit. */}}
{{- define "puller.service" -}}
{{- if .Values.service.name -}}
{{ .Values.service.name }}
{{- else if regexMatch "^[0-9]" .Values.deploymentName -}}
{{ printf "puller-%s" .Values.deploymentName | trunc 63 | trimSuffix "-" }}
{{- else -}}
{{ .Values.deploymentName }}
{{- end -}}
{{- end }}

{{/* Whether the token comes from an OIDC provider, so that the client id and secret are needed. */}}
{{- define "puller.needsCredentials" -}}
{{- $environment := fromYaml (include "puller.environment" .) -}}
{{- if and .Values.multicluster.enabled (or $environment.OIDC_PROVIDER $environment.OIDC_TOKEN_URL) -}}
{{- if not (or $environment.SERVICE_ACCOUNT_ID_FILE $environment.SERVICE_ACCOUNT_SECRET_FILE) -}}true{{- end -}}
{{- end -}}
{{- end }}

{{/* The name of the Secret with the client id and secret. */}}
{{- define "puller.credentials" -}}
{{- $given := .Values.multicluster.credentials -}}
{{- if $given.existingSecret -}}
{{ $given.existingSecret }}
{{- else if and $given.id $given.secret -}}
{{ .Values.deploymentName }}
{{- else -}}
{{- fail "multicluster.credentials.existingSecret must name a Secret with the keys service.account.id and service.account.secret, or multicluster.credentials.id and .secret must both be set" -}}
{{- end -}}
{{- end }}

{{/* Ten seconds more than EXIT_GRACE_SECONDS, which is a number of seconds or a duration such as 1m30s. */}}
{{- define "puller.gracePeriod" -}}
{{- $given := toString .Values.terminationGracePeriodSeconds -}}
{{- if and $given (ne $given "<nil>") -}}
{{ include "puller.text" .Values.terminationGracePeriodSeconds }}
{{- else -}}
{{- $environment := fromYaml (include "puller.environment" .) -}}
{{- $grace := $environment.EXIT_GRACE_SECONDS | default "20" -}}
{{- $seconds := 0.0 -}}
{{- if regexMatch "^[0-9.]+$" $grace -}}
{{- $seconds = float64 $grace -}}
{{- else -}}
{{- range regexFindAll "[0-9.]+(ms|h|m|s)" $grace -1 -}}
{{- $number := float64 (regexFind "^[0-9.]+" .) -}}
{{- $unit := regexFind "[a-z]+$" . -}}
{{- $seconds = addf $seconds (mulf $number (get (dict "h" 3600.0 "m" 60.0 "s" 1.0 "ms" 0.001) $unit)) -}}
{{- end -}}
{{- end -}}
{{ add 10 (ceil $seconds) }}
{{- end -}}
{{- end }}
