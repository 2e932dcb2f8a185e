{{/* The nodes' settings files. */}}

{{/* A Kafka cluster as node.json has it: its files are those of a Secret. dict "kafka" {…} "directory" "/…" */}}
{{- define "keytide.kafka" -}}
{{- $members := dict -}}
{{- range $name, $value := omit .kafka "secret" -}}
{{- $_ := set $members $name (hasSuffix "_file" $name | ternary (printf "%s/%s" $.directory $value) $value) -}}
{{- end -}}
{{ toJson $members }}
{{- end }}

{{- define "keytide.peer" -}}
{{- $peer := dict "region" .region -}}
{{- if .feeds }}{{ $_ := set $peer "feed" (first .feeds) }}{{ $_ := set $peer "other_feeds" (rest .feeds) }}{{ end -}}
{{- with .kafka -}}
{{- $directory := printf "/etc/keytide-kafka/%s" $.region -}}
{{- $_ := set $peer "kafka" (include "keytide.kafka" (dict "kafka" . "directory" $directory) | fromJson) -}}
{{- end -}}
{{ toJson $peer }}
{{- end }}

{{/* node.json of one node: dict "context" $ "index" 0 "node" "node-1". */}}
{{- define "keytide.settings" -}}
{{- $values := .context.Values -}}
{{- $settings := deepCopy $values.settings -}}
{{- $_ := set $settings "region" $values.region -}}
{{- $_ := set $settings "node" .node -}}
{{- $_ := set $settings "joined" (ne .node "node-1") -}}
{{- $_ := set $settings "api" (dict "host" "0.0.0.0" "port" 8100) -}}
{{- $_ := set $settings "feed" (dict "host" "0.0.0.0" "port" 8200) -}}
{{- $_ := set $settings "log" "embedded" -}}
{{- with $values.kafka -}}
{{- $log := include "keytide.kafka" (dict "kafka" . "directory" "/etc/keytide-kafka/own") | fromJson -}}
{{- $_ := set $settings "log" $log -}}
{{- $_ := set $settings "channel" (dict "host" (include "keytide.podAddress" $) "port" 8300) -}}
{{- end -}}
{{- $peers := list -}}
{{- range $region, $peer := $values.peers -}}
{{- $peers = append $peers (include "keytide.peer" (merge (dict "region" $region) $peer) | fromJson) -}}
{{- end -}}
{{- $_ := set $settings "peers" $peers -}}
{{ toPrettyJson $settings }}
{{- end }}

{{/* What the schema cannot say. */}}
{{- define "keytide.check" -}}
{{- if and (gt (len .Values.nodes) 1) (not .Values.kafka) -}}
{{- fail "nodes: more than one need kafka, an embedded log is on one node's volume" -}}
{{- end -}}
{{- if hasKey .Values.peers .Values.region -}}
{{- fail (printf "peers: %s is this region itself" .Values.region) -}}
{{- end -}}
{{- $clusters := dict "kafka" .Values.kafka -}}
{{- range $region, $peer := .Values.peers -}}
{{- $_ := set $clusters (printf "peers.%s.kafka" $region) (default dict $peer.kafka) -}}
{{- end -}}
{{- range $place, $cluster := $clusters -}}
{{- range $member, $value := $cluster -}}
{{- if and (hasSuffix "_file" $member) (not $cluster.secret) -}}
{{- fail (printf "%s.%s: names a key of a Secret, and %s.secret is not set" $place $member $place) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end }}
