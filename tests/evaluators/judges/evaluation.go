package main

import (
	"fmt"
	"net"
	"strings"

	"github.com/mattfenwick/cyclonus/pkg/matcher"
	networkingv1 "k8s.io/api/networking/v1"
)

// answer gives the verdict on each flow: true where it is let through.
func answer(asked question) ([]bool, error) {
	if err := asked.check(); err != nil {
		return nil, err
	}
	policies := make([]*networkingv1.NetworkPolicy, 0, len(asked.Policies))
	for index := range asked.Policies {
		policy := &asked.Policies[index]
		name := policy.Namespace + "/" + policy.Name
		if policy.Kind != "NetworkPolicy" || asked.namespace(policy.Namespace) == nil {
			return nil, fmt.Errorf("policy %s has no namespace, or is a %q", name, policy.Kind)
		}
		if err := admit(policy); err != nil {
			return nil, fmt.Errorf("policy %s: %w", name, err)
		}
		policies = append(policies, policy)
	}
	engine := matcher.BuildNetworkPolicies(false, policies)
	verdicts := make([]bool, 0, len(asked.Flows))
	for _, flow := range asked.Flows {
		source, _, err := asked.end(flow.From)
		if err != nil {
			return nil, err
		}
		destination, ports, err := asked.end(flow.To)
		if err != nil {
			return nil, err
		}
		traffic := &matcher.Traffic{
			Source: source, Destination: destination, ResolvedPort: flow.Port, Protocol: flow.Protocol,
		}
		for _, port := range ports {
			if int(port.Number) == flow.Port && port.Protocol == flow.Protocol {
				traffic.ResolvedPortName = port.Name
			}
		}
		verdicts = append(verdicts, engine.IsTrafficAllowed(traffic).IsAllowed())
	}
	return verdicts, nil
}

// check tells what no cluster would have.
func (q question) check() error {
	owners := map[string]string{}
	for _, pod := range q.Pods {
		name, ip := pod.Namespace+"/"+pod.Name, net.ParseIP(pod.IP)
		if q.namespace(pod.Namespace) == nil || ip == nil {
			return fmt.Errorf("pod %s has no namespace or no IP address", name)
		}
		if other := owners[ip.String()]; other != "" {
			return fmt.Errorf("pods %s and %s have the same IP address", other, name)
		}
		owners[ip.String()] = name
	}
	return nil
}

// end is one end of a flow, and its ports where it is a pod.
func (q question) end(name string) (*matcher.TrafficPeer, []port, error) {
	for _, pod := range q.Pods {
		if pod.Namespace+"/"+pod.Name == name {
			peer := &matcher.InternalPeer{
				Namespace: pod.Namespace, NamespaceLabels: q.namespace(pod.Namespace), PodLabels: pod.Labels,
			}
			return &matcher.TrafficPeer{IP: pod.IP, Internal: peer}, pod.Ports, nil
		}
	}
	if strings.Contains(name, "/") {
		return nil, nil, fmt.Errorf("there is no pod %s", name)
	}
	if net.ParseIP(name) == nil {
		return nil, nil, fmt.Errorf("%q is neither <namespace>/<pod> nor an IP address", name)
	}
	return &matcher.TrafficPeer{IP: name}, nil, nil
}
