"""Tests: unit (SDK mocks), integration and faults (real engine, real control plane)."""
