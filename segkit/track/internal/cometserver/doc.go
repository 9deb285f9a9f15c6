// Package cometserver is a strict double of Comet's REST API v2, for tests of a client that may not reach the real one.
//
// It is written from the contract in reference/comet-rest.md alone, whose sections the comments here name as §n. The
// contract is what is known of the service from its published clients; nobody checked it against the service. So the
// double is strict where the contract is clear, and has a switch in [Options] where the contract marks a point as
// unverified: a client is right when it works with the switch in both positions.
//
// A request that a correct client would never send is refused, and also kept for [Server.Violations], because a client
// that shrugs off an error reply would hide it: a field that the contract does not have, a parameter in the query that
// belongs into the body, a wrong type or method, a key in a URL. What happens to correct clients, too, is refused
// without that: a wrong key, an experiment that is not there, a version that exists.
//
// What the server was told can be read back over HTTP (§6 to §8), possibly late ([Options].VisibleAfter), and at once
// from Go: [Server.Experiments], [Server.Artifacts], [Server.Registry].
//
// Failures of the network are not made here but by package faults, which wraps any handler (§10, point 8).
package cometserver
