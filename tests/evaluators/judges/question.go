package main

import (
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
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

// namespace gives the labels of a namespace as the API server has them; nil where there is no such namespace.
func (q question) namespace(name string) map[string]string {
	for _, found := range q.Namespaces {
		if found.Name == name {
			labels := map[string]string{}
			for key, value := range found.Labels {
				labels[key] = value
			}
			// The API server sets this label on every namespace.
			labels[corev1.LabelMetadataName] = name
			return labels
		}
	}
	return nil
}
