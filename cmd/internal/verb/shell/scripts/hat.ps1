# hat PROFILE: this shell takes the profile's role. hat: choose one. hat -: the one before. hat --off: as it was.
if ($null -eq $global:_hat_how) {
  $global:_hat_how = @('--off') # how to ask for what the shell has now
  $global:_hat_before = $null
  $global:_hat_was = @{} # the variables that hat has changed, as they were before hat
  $global:_hat_left = @{} # and as hat has left them
  $global:_hat_have = ''
  $global:_hat_key = $null
  $global:_hat_ends = $null
}
function _hat_get($name) { [Environment]::GetEnvironmentVariable($name) }
function _hat_set($name, $value) {
  if ($null -eq $value) { $value = [NullString]::Value }
  [Environment]::SetEnvironmentVariable($name, $value)
}
function hat {
  $words = @($args)
  if ($words.Count -ge 1 -and $words[0] -ceq '-') {
    if ($null -eq $global:_hat_before) {
      Write-Error 'hat -: nothing to go back to; name a profile'
      return
    }
    $words = @($global:_hat_before)
  }
  if ($words.Count -eq 1 -and $words[0] -ceq '--off') {
    _hat_off
    return
  }
  # The program sees the variables as they were before hat.
  $now = @{}
  foreach ($name in $global:_hat_was.Keys) { $now[$name] = _hat_get $name }
  $out = $null
  $code = 1
  try {
    _hat_restore
    $out = & @HATSTAND@ hat powershell @words
    $code = $LASTEXITCODE
  } finally {
    foreach ($name in $now.Keys) { _hat_set $name $now[$name] }
  }
  if ($code -ne 0) { return }
  if ($out) { Invoke-Expression ($out -join "`n") }
}
function _hat_on { # NAME...: these variables will be changed. Keep what they are without hat.
  if (_hat_is_on) { $global:_hat_before = $global:_hat_how } else { $global:_hat_before = @('--off') }
  _hat_restore
  _hat_forget
  foreach ($name in $args) { $global:_hat_was[$name] = _hat_get $name }
}
# _hat_done SECONDS COMMAND ARGUMENTS...: hat has changed them. The credentials end after SECONDS, unless that is ''.
# COMMAND gets new ones. ARGUMENTS ask for the same once more.
function _hat_done {
  foreach ($name in $global:_hat_was.Keys) { $global:_hat_left[$name] = _hat_get $name }
  $global:_hat_have = _hat_role
  $global:_hat_key = _hat_get AWS_ACCESS_KEY_ID
  $global:_hat_again = $args[1]
  $global:_hat_told = ''
  if ($args[0]) { $global:_hat_ends = [DateTime]::UtcNow.AddSeconds([int]$args[0]) }
  $global:_hat_how = @($args[2..($args.Count - 1)])
  _hat_watch
}
function _hat_drop { # NAME...
  foreach ($name in $args) { _hat_set $name $null }
}
function _hat_role { "$Env:HATSTAND_PROFILE $Env:AWS_PROFILE $Env:AWS_ACCESS_KEY_ID" }
function _hat_is_on { # the shell has the role that hat has set, and nobody has set another since
  $global:_hat_was.Count -gt 0 -and (_hat_role) -ceq $global:_hat_have
}
# _hat_restore: variables are again what they were before hat, but for those that were set anew since. Where there are
# other credentials, all of them are somebody else's.
function _hat_restore {
  if ((_hat_get AWS_ACCESS_KEY_ID) -cne $global:_hat_key) { return }
  foreach ($name in $global:_hat_was.Keys) {
    if ((_hat_get $name) -ceq $global:_hat_left[$name]) { _hat_set $name $global:_hat_was[$name] }
  }
}
function _hat_forget {
  $global:_hat_was = @{}
  $global:_hat_left = @{}
  $global:_hat_have = ''
  $global:_hat_ends = $null
}
function _hat_off {
  if (_hat_is_on) {
    $global:_hat_before = $global:_hat_how
    _hat_restore
  } elseif ($global:_hat_was.Count -gt 0 -or $Env:HATSTAND_PROFILE) {
    $global:_hat_before = $null
    _hat_restore
    if ($Env:HATSTAND_PROFILE) { # it is not of this shell's hat
      $out = & @HATSTAND@ hat powershell --off
      if ($LASTEXITCODE -ne 0) { return }
      if ($out) { Invoke-Expression ($out -join "`n") }
    }
  }
  _hat_forget
  $global:_hat_how = @('--off')
}
# _hat_note tells, before a prompt, that the credentials will end and that they have. It starts no program.
function _hat_note {
  if ($null -eq $global:_hat_ends -or -not (_hat_is_on)) { return }
  $left = ($global:_hat_ends - [DateTime]::UtcNow).TotalSeconds
  $who = "hatstand: note: the credentials of $Env:HATSTAND_PROFILE"
  if ($left -le 0) {
    if ($global:_hat_told -cne 'ended') { Write-Host "$who have ended; new ones: $global:_hat_again" }
    $global:_hat_told = 'ended'
  } elseif ($left -le 300 -and -not $global:_hat_told) {
    $global:_hat_told = 'soon'
    Write-Host "$who end in $([Math]::Ceiling($left / 60)) min; new ones: $global:_hat_again"
  }
}
function _hat_watch { # once there are credentials that can end, the prompt looks after them
  if ($null -eq $global:_hat_ends -or $global:_hat_prompt) { return }
  $global:_hat_prompt = ${function:prompt}
  function global:prompt {
    _hat_note
    & $global:_hat_prompt
  }
}
Register-ArgumentCompleter -Native -CommandName hat -ScriptBlock {
  param($word, $ast, $cursor)
  __hatstand_suggest @HATSTAND@ $ast $cursor $word @('hat', 'powershell')
}
