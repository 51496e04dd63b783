module go-floor

go 1.19
