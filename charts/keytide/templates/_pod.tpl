{{/* The pod of a node. */}}
{{- define "keytide.pod" -}}
serviceAccountName: {{ include "keytide.fullname" . }}
automountServiceAccountToken: false
enableServiceLinks: false
terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  # The region's files stay their owner's alone: only the volume's root is given to the group.
  fsGroupChangePolicy: OnRootMismatch
  seccompProfile:
    type: RuntimeDefault
{{- range $name := list "nodeSelector" "tolerations" "affinity" "priorityClassName" }}
{{- with index $.Values $name }}
{{ $name }}: {{ toJson . }}
{{- end }}
{{- end }}
{{- with .Values.image.pullSecrets }}
imagePullSecrets: {{ toJson . }}
{{- end }}
{{- with .Values.topologySpread }}
topologySpreadConstraints:
  {{- range . }}
  - {{- merge (dict "labelSelector" (dict "matchLabels" (include "keytide.selectorLabels" $ | fromYaml))) . | toYaml | nindent 4 }}
  {{- end }}
{{- end }}
containers:
  - name: node
    {{- include "keytide.container" . | nindent 4 }}
volumes:
  {{- include "keytide.volumes" . | nindent 2 }}
{{- end }}

{{- define "keytide.container" -}}
image: {{ include "keytide.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
{{- if .Values.maintenance }}
command: [sleep, infinity]
{{- else }}
args:
  - node
  - run
  - --settings=/etc/keytide/$(POD_NAME).json
  - --directory=/var/lib/keytide
  - --cards=/var/lib/keytide-cards
  - --invitations=/var/lib/keytide-invitations
  {{- with .Values.administrator }}
  - --administrator={{ . }}
  {{- end }}
{{- end }}
env:
  - name: POD_NAME
    valueFrom:
      fieldRef:
        fieldPath: metadata.name
  - name: KEYTIDE_ROOT_PASSPHRASE_FILE
    value: /etc/keytide-root/passphrase
ports:
  - { name: http, containerPort: 8100 }
  - { name: feed, containerPort: 8200 }
  - { name: channel, containerPort: 8300 }
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities:
    drop: [ALL]
resources: {{- toYaml .Values.resources | nindent 2 }}
{{- if not .Values.maintenance }}
startupProbe:
  httpGet: { path: /healthz, port: http }
  periodSeconds: 5
  timeoutSeconds: 4
  failureThreshold: {{ div .Values.startupSeconds 5 }}
livenessProbe:
  httpGet: { path: /healthz, port: http }
  periodSeconds: 10
  timeoutSeconds: 10
  failureThreshold: 6
readinessProbe:
  httpGet: { path: /readyz, port: http }
  periodSeconds: 5
  timeoutSeconds: 4
  failureThreshold: 2
# Until nobody is sent here any more.
lifecycle:
  preStop:
    sleep:
      seconds: 5
{{- end }}
volumeMounts:
  - { name: state, mountPath: /var/lib/keytide, subPath: node }
  - { name: keys, mountPath: /var/lib/keytide/keys, subPath: keys }
  - { name: settings, mountPath: /etc/keytide, readOnly: true }
  - { name: root, mountPath: /etc/keytide-root, readOnly: true }
  - { name: cards, mountPath: /var/lib/keytide-cards, readOnly: true }
  - { name: invitations, mountPath: /var/lib/keytide-invitations, readOnly: true }
  - { name: temporary, mountPath: /tmp }
  {{- range $place, $cluster := include "keytide.secretClusters" . | fromJson }}
  - { name: kafka-{{ $place }}, mountPath: /etc/keytide-kafka/{{ $place }}, readOnly: true }
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{- define "keytide.volumes" -}}
- name: settings
  configMap:
    name: {{ include "keytide.fullname" . }}-settings
- name: root
  secret:
    secretName: {{ include "keytide.rootSecret" . }}
    defaultMode: 0440
    items:
      - { key: {{ .Values.root.key }}, path: passphrase }
- name: cards
  configMap:
    name: {{ include "keytide.fullname" . }}-cards
    optional: true
    {{- with .Values.peers }}
    items:
      {{- range $region, $peer := . }}
      - { key: {{ $region }}, path: {{ $region }}/card }
      {{- end }}
    {{- end }}
# Tokens by which nodes join: a Secret that you make when you need it, and remove afterwards.
- name: invitations
  secret:
    secretName: {{ include "keytide.fullname" . }}-invitations
    optional: true
    defaultMode: 0440
- name: temporary
  emptyDir:
    sizeLimit: 256Mi
{{- range $place, $cluster := include "keytide.secretClusters" . | fromJson }}
- name: kafka-{{ $place }}
  secret:
    secretName: {{ $cluster.secret }}
    defaultMode: 0440
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Those Kafka clusters that need a Secret, by the place where it is mounted. */}}
{{- define "keytide.secretClusters" -}}
{{- $clusters := dict -}}
{{- if .Values.kafka.secret }}{{ $_ := set $clusters "own" .Values.kafka }}{{ end -}}
{{- range $region, $peer := .Values.peers -}}
{{- if dig "kafka" "secret" "" $peer }}{{ $_ := set $clusters $region $peer.kafka }}{{ end -}}
{{- end -}}
{{ toJson $clusters }}
{{- end }}
