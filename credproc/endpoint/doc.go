// Package endpoint serves temporary credentials over loopback, to programs that run longer than their
// credentials live: by the container credentials protocol (AWS_CONTAINER_CREDENTIALS_FULL_URI) and by
// version 2 of the instance metadata service.
//
// It promises that a request is answered within a second, whatever AWS or a person is doing; that a
// request of another user, of a web page or of a proxy is refused before anything is looked at; and that
// credentials which have expired are never given out. It holds credentials in memory and nowhere else, and
// it never serves version 1 of instance metadata, to which any web page could be made to speak.
package endpoint
