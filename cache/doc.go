// Package cache keeps long-lived keys, session credentials and MFA seeds in the operating system's
// keyring.
//
// It promises that one lookup reads one item; that every call to a keyring ends within a time limit;
// that a locked, denied or absent keyring is an error and never looks like an empty one; that a
// session that cannot be parsed is a miss and a key that cannot be parsed is an error; that no write
// leaves half an item behind; and that the backend chosen once stays the backend.
//
// It never writes a secret outside the keyring, never puts one in a log, an error or an argument
// list, never asks a person anything except through [Options].Passphrase, and never reads the
// environment.
package cache
