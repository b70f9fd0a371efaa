"""Does the deployment work on a real engine: build, push, start, trade, redeploy, roll back, restore?"""
