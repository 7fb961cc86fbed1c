package ingest

import (
	"strings"

	"logwhy/internal/logentry"
)

// appendFilled writes v without what has no value, its names as rename gives
// them.
func appendFilled(dst []byte, v logentry.Value, rename func(string) string, depth int) []byte {
	switch kind := v.Kind(); {
	case depth == 0:
	case kind == logentry.ValueObject:
		dst = append(dst, '{')
		for key, m := range v.Members {
			dst = appendFilledMember(dst, rename(key), m, rename, depth)
		}
		return append(dst, '}')
	case kind == logentry.ValueArray:
		dst = append(dst, '[')
		for el := range v.Elements {
			if dst[len(dst)-1] != '[' {
				dst = append(dst, ',')
			}
			dst = appendFilled(dst, el, rename, depth-1)
		}
		return append(dst, ']')
	}
	return append(dst, v...)
}

func appendFilledMember(dst []byte, name string, v logentry.Value, rename func(string) string, depth int) []byte {
	before := len(dst)
	dst = appendKey(dst, name)
	start := len(dst)
	dst = appendFilled(dst, v, rename, depth-1)
	switch string(dst[start:]) {
	case "null", "{}", "[]":
		return dst[:before]
	}
	return dst
}

// camelCase writes request_method as requestMethod.
func camelCase(name string) string {
	if !strings.Contains(name, "_") {
		return name
	}
	var b strings.Builder
	for i, word := range strings.Split(name, "_") {
		if i > 0 && word != "" {
			word = strings.ToUpper(word[:1]) + word[1:]
		}
		b.WriteString(word)
	}
	return b.String()
}

// payloadName restores the names of payload fields that are read.
func payloadName(name string) string {
	switch name {
	case "errormessage":
		return "errorMessage"
	case "errorverbose":
		return "errorVerbose"
	case "debuginfo":
		return "debugInfo"
	case "statusdetails":
		return "statusDetails"
	case "statuscode":
		return "statusCode"
	case "servicecontext":
		return "serviceContext"
	case "servicename":
		return "serviceName"
	case "involvedobject":
		return "involvedObject"
	case "attemptresponselog":
		return "attemptResponseLog"
	case "dispatchcount":
		return "dispatchCount"
	case "targetaddress":
		return "targetAddress"
	case "enforcedsecuritypolicy":
		return "enforcedSecurityPolicy"
	case "proxystatus":
		return "proxyStatus"
	case "logging_googleapis_com_trace":
		return "logging.googleapis.com/trace"
	}
	return name
}

// labelName restores the names of labels that the platform gives.
func labelName(name string) string {
	switch name {
	case "instanceid":
		return "instanceId"
	case "commit_sha":
		return "commit-sha"
	case "managed_by":
		return "managed-by"
	case "compute_googleapis_com_instance_group_manager_name":
		return "compute.googleapis.com/instance_group_manager/name"
	case "k8s_pod_k8s_app":
		return "k8s-pod/k8s-app"
	case "k8s_pod_app_kubernetes_io_name":
		return "k8s-pod/app_kubernetes_io/name"
	case "k8s_pod_pod_template_hash":
		return "k8s-pod/pod-template-hash"
	case "k8s_pod_controller_revision_hash":
		return "k8s-pod/controller-revision-hash"
	}
	if rest, ok := strings.CutPrefix(name, "k8s_pod_"); ok {
		return "k8s-pod/" + rest
	}
	for _, domain := range [...]string{"_googleapis_com_", "_gke_io_", "_knative_dev_"} {
		if host, rest, ok := strings.Cut(name, domain); ok && host != "" && rest != "" {
			return host + strings.ReplaceAll(strings.TrimSuffix(domain, "_"), "_", ".") + "/" + rest
		}
	}
	return name
}
