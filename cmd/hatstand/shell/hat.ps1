# hat PROFILE: this shell wears the profile's role. hat: choose one. hat -: the one before. hat --off: none.
function hat {
  if ($args.Count -ge 1 -and $args[0] -eq '-') {
    if ($null -eq $global:_hat_before) { Write-Error 'hat: there was none before'; return }
    if ($global:_hat_before) { hat $global:_hat_before } else { hat --off }
    return
  }
  if ($args.Count -ge 1 -and $args[0] -eq '--off') {
    $out = & @HATSTAND@ env --unset --format powershell
  } else {
    $out = & @HATSTAND@ env --format powershell @args
  }
  if ($LASTEXITCODE -ne 0) { return }
  $global:_hat_before = "$Env:HATSTAND_PROFILE"
  if ($out) { Invoke-Expression ($out -join "`n") }
}
Register-ArgumentCompleter -Native -CommandName hat -ScriptBlock {
  param($word, $line, $cursor)
  & @HATSTAND@ __completeNoDesc env "$word" 2>$null | Where-Object { $_ -notlike ':*' }
}
