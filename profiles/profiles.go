// Package profiles reads AWS's shared config and credentials files and works out the chain of a profile or a role: from
// the profile that holds keys to the one asked for.
//
// It promises AWS's cross-SDK grammar; an error with file and line for whatever it refuses; and that one profile out of
// 100,000 costs one pass over the bytes. Parse and Chain are pure: the same bytes and the same Request give the same
// answer.
//
// It never opens a connection, starts a program, asks a question, or reads or writes a file. A secret found in a file
// leaves the package as a Secret, never in an error.
//
// The files' sections are found by internal/index; internal/chain has the values that a chain is made of.
//
// Packages beside it do parts that need no chain: signins has the settings of how a person signs in, limits checks
// values, partitions knows AWS's regions and hosts, cmdline reads command lines, naming makes names of profiles,
// accesskeys finds the keys that lie in the files, lint finds surprising lines, edit changes the files.
package profiles
