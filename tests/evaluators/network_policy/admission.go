package main

import (
	"encoding/json"
	"fmt"
	"net"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// admitted is a policy as the API server would keep it: with its defaults, and without lists that are empty.
//
// The engine takes an empty list of rules for "all" and an absent one for "none". The API server never hands
// it the former. It also lets through what it cannot read, so that has to be refused here.
func admitted(written networkingv1.NetworkPolicy) (*networkingv1.NetworkPolicy, error) {
	encoded, err := json.Marshal(written)
	if err != nil {
		return nil, err
	}
	policy := &networkingv1.NetworkPolicy{}
	if err := json.Unmarshal(encoded, policy); err != nil {
		return nil, err
	}
	spec := &policy.Spec
	if len(spec.PolicyTypes) == 0 {
		spec.PolicyTypes = []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}
		if len(spec.Egress) > 0 {
			spec.PolicyTypes = append(spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		}
	}
	if err := readable(&spec.PodSelector); err != nil {
		return nil, err
	}
	for _, rule := range spec.Ingress {
		if err := complete(rule.Ports, rule.From); err != nil {
			return nil, err
		}
	}
	for _, rule := range spec.Egress {
		if err := complete(rule.Ports, rule.To); err != nil {
			return nil, err
		}
	}
	return policy, nil
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
