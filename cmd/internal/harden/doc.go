// Package harden hides a process that holds secrets from the others of its user. It is the first thing that both
// programs do, before they read anything.
package harden
