package main

import (
	"fmt"
	"net"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// question is a cluster, and flows in it.
type question struct {
	Namespaces []namespace                  `json:"namespaces"`
	Pods       []pod                        `json:"pods"`
	Policies   []networkingv1.NetworkPolicy `json:"policies"`
	Flows      []flow                       `json:"flows"`
}

type namespace struct {
	Name   string            `json:"name"`
	Labels map[string]string `json:"labels"`
}

type pod struct {
	Namespace string            `json:"namespace"`
	Name      string            `json:"name"`
	Labels    map[string]string `json:"labels"`
	IP        string            `json:"ip"`
	Ports     []port            `json:"ports"`
}

type port struct {
	Name     string          `json:"name"`
	Number   int32           `json:"number"`
	Protocol corev1.Protocol `json:"protocol"`
}

// flow is a new connection. An end is a pod as `<namespace>/<name>`, or an IP address.
type flow struct {
	From     string          `json:"from"`
	To       string          `json:"to"`
	Protocol corev1.Protocol `json:"protocol"`
	Port     int             `json:"port"`
}

func (n namespace) object() *corev1.Namespace {
	labels := map[string]string{}
	for key, value := range n.Labels {
		labels[key] = value
	}
	// The API server sets this label on every namespace.
	labels[corev1.LabelMetadataName] = n.Name
	return &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: n.Name, Labels: labels}}
}

func (p pod) object() *corev1.Pod {
	container := corev1.Container{Name: "container"}
	for _, port := range p.Ports {
		container.Ports = append(container.Ports, corev1.ContainerPort{
			Name: port.Name, ContainerPort: port.Number, Protocol: port.Protocol,
		})
	}
	return &corev1.Pod{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name, Labels: p.Labels},
		Spec:       corev1.PodSpec{Containers: []corev1.Container{container}},
		Status:     corev1.PodStatus{Phase: corev1.PodRunning, PodIPs: []corev1.PodIP{{IP: p.IP}}},
	}
}

// address is the IP address of a flow's end.
func (q question) address(end string) (net.IP, error) {
	if strings.Contains(end, "/") {
		for _, pod := range q.Pods {
			if pod.Namespace+"/"+pod.Name == end {
				return net.ParseIP(pod.IP), nil
			}
		}
		return nil, fmt.Errorf("there is no pod %s", end)
	}
	ip := net.ParseIP(end)
	if ip == nil {
		return nil, fmt.Errorf("%q is neither <namespace>/<pod> nor an IP address", end)
	}
	return ip, nil
}
