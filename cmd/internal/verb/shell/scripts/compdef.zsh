#compdef hatstand hatstand-credential-process
