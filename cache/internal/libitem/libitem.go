// Package libitem is the JSON in which github.com/99designs/keyring keeps an item in the Secret Service, in KWallet and
// in pass. hatstand keeps that form, so that each can read what the other has stored.
package libitem

import "encoding/json"

// An item has the library's fields, in its order.
type item struct {
	Key         string
	Data        []byte
	Label       string
	Description string

	KeychainNotTrustApplication bool
	KeychainNotSynchronizable   bool
}

// Encode makes the stored form of an item.
func Encode(key, label string, data []byte) ([]byte, error) {
	return json.Marshal(item{Key: key, Data: data, Label: label, Description: "hatstand", KeychainNotSynchronizable: true})
}

// Decode returns the data of a stored item. Its error is one of encoding/json, which may quote a character of it.
func Decode(stored []byte) ([]byte, error) {
	var it item
	if err := json.Unmarshal(stored, &it); err != nil {
		return nil, err
	}
	return it.Data, nil
}
