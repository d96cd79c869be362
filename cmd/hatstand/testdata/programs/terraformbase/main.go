// Terraformbase finds credentials as Terraform's AWS provider does, with aws-sdk-go-base. For each line of its standard input
// it asks STS who it is, and prints the ARN. Its argument is the endpoint URL.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	awsbase "github.com/hashicorp/aws-sdk-go-base/v2"
)

func main() {
	ctx, cfg, diags := awsbase.GetAwsConfig(context.Background(), &awsbase.Config{CallerName: "hatstand's tests", StsEndpoint: os.Args[1], SkipCredsValidation: true})
	if diags.HasError() {
		fmt.Println("error:", diags)
		os.Exit(1)
	}
	client := sts.NewFromConfig(cfg, func(o *sts.Options) { o.BaseEndpoint = aws.String(os.Args[1]) })
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		who, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
		if err != nil {
			fmt.Println("error:", err)
			continue
		}
		fmt.Println(aws.ToString(who.Arn))
	}
}
