$__hatstandCompleter = {
  param($word, $ast, $cursor)
  $elements = @($ast.CommandElements)
  $before = @()
  if ([System.IO.Path]::GetFileNameWithoutExtension($elements[0].Extent.Text) -eq 'hatstand-credential-process') {
    $before = @('credential-process')
  }
  $dashes = $elements | Where-Object { $_.Extent.Text -eq '--' -and $_.Extent.EndOffset -lt $cursor } | Select-Object -First 1
  if ($dashes -and $elements[1].Extent.Text -eq 'exec') { # a command line of its own follows
    $line = $ast.Extent.Text.Substring($dashes.Extent.EndOffset - $ast.Extent.StartOffset).TrimStart()
    if ($word -eq '') { $line += ' ' }
    return (TabExpansion2 -inputScript $line -cursorColumn $line.Length).CompletionMatches
  }
  __hatstand_suggest hatstand $ast $cursor $word $before
}
Register-ArgumentCompleter -Native -CommandName hatstand, hatstand-credential-process -ScriptBlock $__hatstandCompleter
