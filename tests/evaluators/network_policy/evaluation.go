package main

import (
	"context"
	"net"
	_ "unsafe" // for go:linkname

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/kube-network-policies/pkg/networkpolicy"
)

// sourcePort is one of the ports from which connections are made.
const sourcePort = 40000

// packet has the fields of networkpolicy.packet, in their order.
type packet struct {
	id      uint32
	family  corev1.IPFamily
	srcIP   net.IP
	dstIP   net.IP
	proto   corev1.Protocol
	srcPort int
	dstPort int
	payload []byte
}

// evaluatePacket is the engine's function from a packet to a verdict. Version 0.8.0, the last one that the module
// proxy serves, does not export it. linkname.s is empty; without an assembly file, a body is demanded here.
//
//go:linkname evaluatePacket sigs.k8s.io/kube-network-policies/pkg/networkpolicy.(*Controller).evaluatePacket
func evaluatePacket(controller *networkpolicy.Controller, ctx context.Context, p packet) bool

// answer gives the verdict on each flow: true where it is let through.
func answer(asked question) ([]bool, error) {
	seen, err := watched(asked)
	if err != nil {
		return nil, err
	}
	// It would record events through this client. Judging records none, and no server is ever asked.
	client, err := kubernetes.NewForConfig(&rest.Config{})
	if err != nil {
		return nil, err
	}
	controller, err := networkpolicy.NewController(
		client, seen.policies, seen.namespaces, seen.pods, nil, nil, nil, nil,
		networkpolicy.Config{NodeName: "none"},
	)
	if err != nil {
		return nil, err
	}
	verdicts := make([]bool, 0, len(asked.Flows))
	for _, flow := range asked.Flows {
		source, err := asked.address(flow.From)
		if err != nil {
			return nil, err
		}
		destination, err := asked.address(flow.To)
		if err != nil {
			return nil, err
		}
		verdicts = append(verdicts, evaluatePacket(controller, context.Background(), packet{
			srcIP: source, dstIP: destination, proto: flow.Protocol, srcPort: sourcePort, dstPort: flow.Port,
		}))
	}
	return verdicts, nil
}
