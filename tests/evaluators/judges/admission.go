package main

import (
	"fmt"
	"net"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// admit gives a policy the defaults that the API server sets; what the API server would refuse is an error.
func admit(policy *networkingv1.NetworkPolicy) error {
	spec := &policy.Spec
	if len(spec.PolicyTypes) == 0 {
		spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		if len(spec.Egress) > 0 {
			spec.PolicyTypes = append(spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		}
	}
	if err := readable(&spec.PodSelector); err != nil {
		return err
	}
	for _, rule := range spec.Ingress {
		if err := complete(rule.Ports, rule.From); err != nil {
			return err
		}
	}
	for _, rule := range spec.Egress {
		if err := complete(rule.Ports, rule.To); err != nil {
			return err
		}
	}
	return nil
}

func complete(ports []networkingv1.NetworkPolicyPort, peers []networkingv1.NetworkPolicyPeer) error {
	for index := range ports {
		if ports[index].Protocol == nil {
			tcp := corev1.ProtocolTCP
			ports[index].Protocol = &tcp
		}
	}
	for _, peer := range peers {
		selects := peer.PodSelector != nil || peer.NamespaceSelector != nil
		if selects == (peer.IPBlock != nil) {
			return fmt.Errorf("a peer must have either selectors or an ipBlock")
		}
		if peer.IPBlock != nil {
			for _, network := range append([]string{peer.IPBlock.CIDR}, peer.IPBlock.Except...) {
				if _, _, err := net.ParseCIDR(network); err != nil {
					return err
				}
			}
		}
		for _, selector := range []*metav1.LabelSelector{peer.PodSelector, peer.NamespaceSelector} {
			if err := readable(selector); err != nil {
				return err
			}
		}
	}
	return nil
}

func readable(selector *metav1.LabelSelector) error {
	_, err := metav1.LabelSelectorAsSelector(selector)
	return err
}
