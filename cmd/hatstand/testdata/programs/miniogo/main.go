// Miniogo prints the access key ID of the credentials that minio-go finds: those of the container endpoint that the
// environment names, else of the instance metadata at the address given.
package main

import (
	"fmt"
	"os"

	"github.com/minio/minio-go/v7/pkg/credentials"
)

func main() {
	endpoint := os.Args[1]
	if os.Getenv("AWS_CONTAINER_CREDENTIALS_FULL_URI") != "" {
		endpoint = "" // one that is given stands for the container's too
	}
	c, err := credentials.NewIAM(endpoint).Get()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(c.AccessKeyID)
}
