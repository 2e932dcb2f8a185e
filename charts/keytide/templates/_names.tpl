{{/* Names and labels. */}}

{{/* 40 characters at most: what is made of it stays a label of 63. */}}
{{- define "keytide.fullname" -}}
{{- $joined := ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) (contains .Chart.Name .Release.Name) -}}
{{- default $joined .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "keytide.selectorLabels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "keytide.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "keytide.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "keytide.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ default $.Chart.AppVersion .tag }}{{ end }}
{{- end }}
{{- end }}

{{- define "keytide.rootSecret" -}}
{{- default (printf "%s-root" (include "keytide.fullname" .)) .Values.root.existingSecret -}}
{{- end }}

{{/* The name by which the region's other nodes reach pod `index`: dict "context" $ "index" 0. */}}
{{- define "keytide.podAddress" -}}
{{- $name := include "keytide.fullname" .context -}}
{{ $name }}-{{ .index }}.{{ $name }}-nodes.{{ .context.Release.Namespace }}.svc.{{ .context.Values.clusterDomain }}
{{- end }}
