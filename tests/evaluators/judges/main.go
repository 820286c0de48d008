// Package main tells, for a table of flows, which of them NetworkPolicies let through.
//
// It reads one JSON document and writes one. The verdicts are those of cyclonus, the tool by which network plugins
// are tested for conformance. There is no packet and no cluster.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(input io.Reader, output io.Writer) error {
	decoder := json.NewDecoder(input)
	decoder.DisallowUnknownFields()
	var asked question
	if err := decoder.Decode(&asked); err != nil {
		return fmt.Errorf("what is asked cannot be read: %w", err)
	}
	verdicts, err := answer(asked)
	if err != nil {
		return err
	}
	return json.NewEncoder(output).Encode(map[string][]bool{"verdicts": verdicts})
}
