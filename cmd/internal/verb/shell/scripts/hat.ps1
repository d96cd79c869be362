# hat PROFILE: this shell takes the profile's role. hat: choose one. hat -: the one before. hat --off: none.
$global:_hat_have = ' '
$global:_hat_how = @('--off')
$global:_hat_before = $null
function hat {
  $words = $args
  if ($args.Count -ge 1 -and $args[0] -eq '-') {
    if ($null -eq $global:_hat_before) {
      Write-Error 'hat -: nothing to go back to; name a profile, or unset all with hat --off'
      return
    }
    $words = $global:_hat_before
  }
  $out = & @HATSTAND@ hat powershell @words
  if ($LASTEXITCODE -ne 0) { return }
  if ($out) { Invoke-Expression ($out -join "`n") }
}
function _hat_changed { # HAD HAS ARGUMENTS...: what this shell had until now, what it has from now on, and how to ask for that
  $global:_hat_before = $null
  if ($args[0] -ceq $global:_hat_have) { $global:_hat_before = $global:_hat_how }
  $global:_hat_have = $args[1]
  $global:_hat_how = @($args[2..($args.Count - 1)])
}
Register-ArgumentCompleter -Native -CommandName hat -ScriptBlock {
  param($word, $line, $cursor)
  & @HATSTAND@ __completeNoDesc env "$word" 2>$null | Where-Object { $_ -notlike ':*' }
}
