package main

// room is more stack than a warm call needs, in bytes.
const room = 24 << 10

// growStack makes this goroutine's stack large at once, while main alone is on it. Go doubles a stack that is full,
// and to move one it reads, for every function that is on it, tables at the far end of the program's file: grown step
// by step, as deep as a keyring's read, that was 20 page faults of 580 and 6 % of a warm call.
//
// What grows it is the size of this frame, before the first line runs. Clearing the array would cost what is won,
// so that nobody does: touch is false.
//
//go:noinline
func growStack(touch bool) byte {
	if !touch {
		return 0
	}
	var frame [room]byte
	for i := range frame {
		frame[i] = byte(i)
	}
	return frame[len(frame)/2]
}
