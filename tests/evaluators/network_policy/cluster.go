package main

import (
	"fmt"
	"net"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	corelisters "k8s.io/client-go/listers/core/v1"
	networkinglisters "k8s.io/client-go/listers/networking/v1"
	"k8s.io/client-go/tools/cache"
)

// informer is what the engine looks into, filled by hand: nothing is watched.
type informer[Lister any] struct {
	shared cache.SharedIndexInformer
	lister func(cache.Indexer) Lister
}

func (i informer[Lister]) Informer() cache.SharedIndexInformer { return i.shared }
func (i informer[Lister]) Lister() Lister                      { return i.lister(i.shared.GetIndexer()) }

// cluster is what is asked about, as the engine sees it.
type cluster struct {
	namespaces informer[corelisters.NamespaceLister]
	pods       informer[corelisters.PodLister]
	policies   informer[networkinglisters.NetworkPolicyLister]
}

func watched(asked question) (cluster, error) {
	seen := cluster{
		namespaces: hold(&corev1.Namespace{}, corelisters.NewNamespaceLister),
		pods:       hold(&corev1.Pod{}, corelisters.NewPodLister),
		policies:   hold(&networkingv1.NetworkPolicy{}, networkinglisters.NewNetworkPolicyLister),
	}
	for _, namespace := range asked.Namespaces {
		if err := seen.namespaces.shared.GetStore().Add(namespace.object()); err != nil {
			return seen, err
		}
	}
	owners := map[string]string{}
	for _, pod := range asked.Pods {
		name, ip := pod.Namespace+"/"+pod.Name, net.ParseIP(pod.IP)
		if !seen.has(pod.Namespace) || ip == nil {
			return seen, fmt.Errorf("pod %s has no namespace or no IP address", name)
		}
		if other := owners[ip.String()]; other != "" {
			return seen, fmt.Errorf("pods %s and %s have the same IP address", other, name)
		}
		owners[ip.String()] = name
		if err := seen.pods.shared.GetStore().Add(pod.object()); err != nil {
			return seen, err
		}
	}
	for _, written := range asked.Policies {
		name := written.Namespace + "/" + written.Name
		if !seen.has(written.Namespace) || written.Kind != "NetworkPolicy" {
			return seen, fmt.Errorf("policy %s has no namespace, or is a %q", name, written.Kind)
		}
		policy, err := admitted(written)
		if err != nil {
			return seen, fmt.Errorf("policy %s: %w", name, err)
		}
		if err := seen.policies.shared.GetStore().Add(policy); err != nil {
			return seen, err
		}
	}
	return seen, nil
}

func (c cluster) has(namespace string) bool {
	_, there, err := c.namespaces.shared.GetStore().GetByKey(namespace)
	return there && err == nil
}

func hold[Lister any](kind runtime.Object, lister func(cache.Indexer) Lister) informer[Lister] {
	index := cache.Indexers{cache.NamespaceIndex: cache.MetaNamespaceIndexFunc}
	return informer[Lister]{cache.NewSharedIndexInformer(&cache.ListWatch{}, kind, 0, index), lister}
}
